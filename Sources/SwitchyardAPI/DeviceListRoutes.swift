import Hummingbird
import NIOCore
import SwitchyardCore

/// `GET /api/user/device`: all devices of an account.
///
/// Source: `coolkit-v1-http.md` §3.1.
struct DeviceListRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let devices: DeviceService
    let settings: ProtocolSettings

    func add(to router: Router<APIRequestContext>) {
        router.get("/api/user/device", use: list)
    }

    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try authenticator.bearerQuery(request)
        let groups = try await devices.groups.memberships(of: call.grant.accountID)
        let objects = devices.devices(visibleTo: call.grant.accountID, through: call.grant.appID).map {
            DeviceObject(snapshot: $0, groups: groups[$0.device.id] ?? [], includesTags: call.wantsTags)
        }
        let capacity = objects.reduce(64) { $0 + $1.size }
        let isBare = isBare(call.parameters)
        guard capacity <= LongLists.threshold else { return long(objects, of: call, isBare: isBare) }
        guard isBare else {
            return .object(capacity: capacity) { answer in
                answer.add("error", 0)
                answer.add("devicelist", array: objects) { $1.writeJSONObject($0.write) }
            }
        }
        var body = ByteBufferAllocator().buffer(capacity: capacity)
        body.writeJSONArray(objects) { $1.writeJSONObject($0.write) }
        return .json(body)
    }

    /// The same list, of which each object is made when its turn comes to be sent.
    private func long(_ objects: [DeviceObject], of call: BearerRequest, isBare: Bool) -> Response {
        let (account, includesTags) = (call.grant.accountID, call.wantsTags)
        let elements = objects.map { object -> LongLists.Element in
            let (id, groups, devices) = (object.snapshot.device.id, object.groups, devices)
            return {
                guard let snapshot = devices.deviceIfVisible(id, to: account) else { return nil }
                let object = DeviceObject(snapshot: snapshot, groups: groups, includesTags: includesTags)
                return ByteBuffer.jsonObject(object.write)
            }
        }
        let body = ByteBuffer(string: isBare ? "[]" : #"{"error":0,"devicelist":[]}"#)
        let offset = body.writerIndex - (isBare ? 1 : 2)
        return .json(body, inserting: [LongLists.Insertion(offset: offset, elements: elements)])
    }

    /// Whether the answer is the bare array: clients that send no `version` read that form.
    private func isBare(_ parameters: RequestParameters) -> Bool {
        switch settings.deviceListShape {
        case .auto: parameters.version == nil
        case .array: true
        case .object: false
        }
    }
}
