import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// One device: shown, added, renamed, deleted.
///
/// A device that does not exist and one of somebody else are alike: 404. One that is shared with the caller is shown, not
/// renamed (403); deleting it ends the share. Source: `coolkit-v1-http.md` §3.2 to §3.6.
struct DeviceRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let accounts: AccountService
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.get("/api/user/device/{deviceid}", use: show)
        router.post("/api/user/device/add", use: addDevice)
        router.post("/api/user/device/addGsm", use: addByCode)
        router.post("/api/user/device/{deviceid}", use: rename)
        router.delete("/api/user/device/{deviceid}", use: remove)
    }

    @Sendable
    private func show(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try authenticator.bearerQuery(request)
        let snapshot = try devices.device(try Self.deviceID(context), visibleTo: call.grant.accountID)
        let device = try await object(of: snapshot, for: call)
        return .object(capacity: DeviceObject.typicalBytes + snapshot.params.count) { object in
            object.add("error", 0)
            device.write(into: &object)
        }
    }

    /// The device as the caller has grouped it.
    private func object(
        of snapshot: DeviceSnapshot,
        for call: BearerRequest
    ) async throws(SwitchyardError) -> DeviceObject {
        let groups = try await devices.groups.groups(with: snapshot.device.id, of: call.grant.accountID)
        return DeviceObject(snapshot: snapshot, groups: groups, includesTags: call.wantsTags)
    }

    /// Answers the device object; `error` comes last, as the example begins with `_id`.
    @Sendable
    private func addDevice(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let addition = try DeviceService.Addition(adding: call.parameters)
        let account = try await accounts.account(of: call.grant)
        let snapshot = try await devices.add(addition, to: account, under: call.grant.appID)
        return Self.answer(with: try await object(of: snapshot, for: call))
    }

    /// Adds the device of a QR code.
    ///
    /// Source: `coolkit-v1-http.md` §3.4.
    @Sendable
    private func addByCode(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let code = try call.parameters.required("id")
        let account = try await accounts.account(of: call.grant)
        let snapshot = try await devices.add(
            gsmID: code,
            named: try call.parameters.optionalText("name"),
            to: account,
            under: call.grant.appID
        )
        return Self.answer(with: try await object(of: snapshot, for: call))
    }

    /// `group` is the legacy way to put the device into a group; the documents send it empty.
    ///
    /// Assumption: a text that is not empty is the id of one of the owner's groups, and the device stays in its other ones; a
    /// client that fills it in would settle it.
    @Sendable
    private func rename(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let name = try call.parameters.required("name")
        let id = try Self.deviceID(context)
        let group = try Self.group(call.parameters)
        let snapshot = try await devices.rename(id, to: name, group: group, by: call.grant.accountID)
        let device = try await object(of: snapshot, for: call)
        return .object(capacity: DeviceObject.typicalBytes + snapshot.params.count) { object in
            object.add("error", 0)
            object.add("deviceid", id.rawValue)
            object.add("device", device.write)
        }
    }

    /// The group of a rename; nil when it is absent or empty.
    private static func group(_ parameters: RequestParameters) throws(SwitchyardError) -> GroupID? {
        guard let value = parameters.value("group"), !value.isNull, value.stringValue != "" else { return nil }
        guard let id = value.stringValue.flatMap({ GroupID($0) }) else {
            throw SwitchyardError(.invalidInput, "params is error: group")
        }
        return id
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
        let groups = try await devices.groups.groups(with: id, of: call.grant.accountID)
        let snapshot = try await devices.remove(id, by: call.grant.accountID)
        return Self.answer(with: DeviceObject(snapshot: snapshot, groups: groups, includesTags: call.wantsTags))
    }

    private static func answer(with device: DeviceObject) -> Response {
        .object(capacity: DeviceObject.typicalBytes + device.snapshot.params.count) { object in
            device.write(into: &object)
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
        let chipID = try parameters.optionalText("chipid") ?? ""
        guard chipID.utf8.count <= Self.maximumChipIDBytes else {
            throw SwitchyardError(.invalidInput, "params is error: chipid")
        }
        let subDevice = try DeviceID(subDeviceOf: parameters)
        self.init(
            id: subDevice ?? id,
            credential: .key(factoryKey),
            name: try parameters.optionalText("name"),
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
