import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// One device: shown, added, renamed, deleted.
///
/// A device that does not exist and one of somebody else are alike: 404. Source: `coolkit-v1-http.md` §3.2, §3.3, §3.5, §3.6.
struct DeviceRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let accounts: AccountService
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.get("/api/user/device/{deviceid}", use: show)
        router.post("/api/user/device/add", use: addDevice)
        router.post("/api/user/device/{deviceid}", use: rename)
        router.delete("/api/user/device/{deviceid}", use: remove)
    }

    @Sendable
    private func show(_ request: Request, context: APIRequestContext) throws -> Response {
        let call = try authenticator.bearerQuery(request)
        let snapshot = try devices.device(try Self.deviceID(context), visibleTo: call.grant.accountID)
        return .object(capacity: DeviceObject.typicalBytes + snapshot.params.count) { object in
            object.add("error", 0)
            DeviceObject(snapshot: snapshot, includesTags: call.wantsTags).write(into: &object)
        }
    }

    /// Answers the device object; `error` comes last, as the example begins with `_id`.
    @Sendable
    private func addDevice(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let addition = try DeviceService.Addition(adding: call.parameters)
        let account = try await accounts.account(of: call.grant)
        let snapshot = try await devices.add(addition, to: account, under: call.grant.appID)
        return Self.answer(with: snapshot)
    }

    @Sendable
    private func rename(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let name = try call.parameters.required("name")
        let id = try Self.deviceID(context)
        let snapshot = try await devices.rename(id, to: name, by: call.grant.accountID)
        return .object(capacity: DeviceObject.typicalBytes + snapshot.params.count) { object in
            object.add("error", 0)
            object.add("deviceid", id.rawValue)
            object.add("device", DeviceObject(snapshot: snapshot).write)
        }
    }

    /// Answers the device as it was.
    ///
    /// With `isSub` the sub-device is meant, never its gateway.
    @Sendable
    private func remove(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try authenticator.bearerQuery(request)
        var id = try Self.deviceID(context)
        if let subDevice = try DeviceID(subDeviceOf: call.parameters) {
            let parent = try devices.device(subDevice, visibleTo: call.grant.accountID).device.parent
            guard parent == id else { throw SwitchyardError(.deviceNotFound, "device not found") }
            id = subDevice
        }
        return Self.answer(with: try await devices.remove(id, by: call.grant.accountID))
    }

    private static func answer(with snapshot: DeviceSnapshot) -> Response {
        .object(capacity: DeviceObject.typicalBytes + snapshot.params.count) { object in
            DeviceObject(snapshot: snapshot).write(into: &object)
            object.add("error", 0)
        }
    }

    /// The deviceid of the path; what cannot be one is a device that does not exist.
    private static func deviceID(_ context: APIRequestContext) throws(SwitchyardError) -> DeviceID {
        let text = context.parameters.get("deviceid").map { QueryParameters.decoded($0.utf8) }
        guard let id = text.flatMap({ DeviceID($0) }) else {
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        return id
    }
}

extension DeviceService.Addition {
    /// Real ones have 8 characters.
    private static let maximumChipIDBytes = 64

    /// Reads the body of `device/add`.
    ///
    /// Throws `invalidInput`, and `malformedDeviceID` for an id that no device can have (`coolkit-v1-http.md` §3.3). A
    /// sub-device is added under its own id and knows its gateway as `parentid` (`uiid-catalogue.md` §9).
    fileprivate init(adding parameters: RequestParameters) throws(SwitchyardError) {
        let (idText, keyText) = (try parameters.required("deviceid"), try parameters.required("apikey"))
        guard let id = DeviceID(idText) else {
            throw SwitchyardError(.malformedDeviceID, "params is error: deviceid")
        }
        guard let factoryKey = APIKey(keyText) else { throw SwitchyardError(.invalidInput, "params is error: apikey") }
        let chipID = parameters.text("chipid") ?? ""
        guard chipID.utf8.count <= Self.maximumChipIDBytes else {
            throw SwitchyardError(.invalidInput, "params is error: chipid")
        }
        let subDevice = try DeviceID(subDeviceOf: parameters)
        self.init(
            id: subDevice ?? id,
            factoryKey: factoryKey,
            name: parameters.text("name"),
            facts: DeviceFacts(uiid: DeviceDefaults.uiid, chipID: chipID),
            params: subDevice == nil ? Array("{}".utf8) : DeviceService.firstParams(behind: id),
            parent: subDevice == nil ? nil : id
        )
    }
}

extension DeviceID {
    /// The sub-device that a call with `isSub` 1 is about; nil for a call about a device.
    ///
    /// Throws `invalidInput`.
    fileprivate init?(subDeviceOf parameters: RequestParameters) throws(SwitchyardError) {
        guard parameters.integer("isSub") == 1 else { return nil }
        guard let id = DeviceID(try parameters.required("subDeviceId")) else {
            throw SwitchyardError(.invalidInput, "params is error: subDeviceId")
        }
        self = id
    }
}
