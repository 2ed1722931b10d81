import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// One device: added, renamed, put into a room, deleted.
///
/// A device that does not exist and one of somebody else are alike: 30018. What only an owner may do is 406 for the receiver of a
/// share; deleting ends the share. Source: `coolkit-v2-http.md` §4.2.
struct V2DeviceRoutes: Sendable {
    let authenticator: V2Authenticator
    let accounts: AccountService
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/device/add", use: addDevice)
        router.post("/v2/device/add-gsm", use: addByCode)
        router.post("/v2/device/update-info", use: updateInfo)
        router.delete("/v2/device", use: remove)
    }

    /// Adds a device by the digest of its apikey; see ``DeviceCredential``.
    @Sendable
    private func addDevice(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let addition = try DeviceService.Addition(digestOf: call.parameters)
        let account = try await accounts.account(of: call.grant)
        let snapshot = try await devices.add(addition, to: account, under: call.grant.appID)
        let thing = try await devices.thing(.device(snapshot.device.id), visibleTo: call.account)
        return .version2(capacity: [thing].typicalBytes) { V2ThingObject(thing: thing).write(into: &$0) }
    }

    /// Adds the device of a QR code.
    ///
    /// The vendor's page has two forms of the answer: both are there.
    @Sendable
    private func addByCode(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let code = try call.parameters.required("id")
        let name = try call.parameters.required("name")
        let placement = try call.parameters.placement()
        let account = try await accounts.account(of: call.grant)
        let id: DeviceID
        do throws(SwitchyardError) {
            id = try await devices.add(gsmID: code, named: name, at: placement, to: account, under: call.grant.appID)
                .device.id
        } catch {
            throw error.asGSM
        }
        let thing = try await devices.thing(.device(id), visibleTo: call.account)
        return .version2(capacity: 2 * [thing].typicalBytes) { data in
            V2ThingObject(thing: thing).write(into: &data)
            data.add("thingList", things: [thing])
        }
    }

    @Sendable
    private func updateInfo(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.requiredDevice()
        let name = try call.parameters.optionalText("name")
        let room = try call.parameters.room("roomid")
        try await devices.updateInfo(of: id, name: name, room: room, by: call.account)
        return .version2()
    }

    @Sendable
    private func remove(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        _ = try await devices.remove(try call.parameters.requiredDevice(), by: call.account)
        return .version2()
    }
}

extension DeviceService.Addition {
    /// Real ones have 8 characters.
    private static let maximumChipIDBytes = 64

    /// Reads the body of `device/add`.
    ///
    /// `ifrCode`, of infrared devices, is not kept: nothing reads it. Without a factory record of the device there is no brand that
    /// could be refused (30011 to 30013, 30017). Source: API Center v2, "Add WiFi Device".
    /// - Throws: `invalidInput`, `malformedDeviceID`, `digestWrong` for what can be no digest, `notFound` for what can be no home or
    ///   room.
    fileprivate init(digestOf parameters: RequestParameters) throws(SwitchyardError) {
        let name = try parameters.required("name")
        let (idText, digestText) = (try parameters.required("deviceid"), try parameters.required("digest"))
        guard let id = DeviceID(idText) else {
            throw SwitchyardError(.malformedDeviceID, "params is error: deviceid")
        }
        guard let digest = KeyDigest(digestText) else {
            throw SwitchyardError(.digestWrong, "the digest is SHA-256 in hex, 64 characters")
        }
        let chipID = try parameters.optionalText("chipid") ?? ""
        guard chipID.utf8.count <= Self.maximumChipIDBytes else {
            throw SwitchyardError(.invalidInput, "params is error: chipid")
        }
        self.init(
            id: id,
            credential: .awaited(digest),
            name: name,
            facts: DeviceFacts(uiid: DeviceDefaults.uiid, chipID: chipID),
            placement: try parameters.placement()
        )
        settings = try parameters.optionalObject("settings") ?? [:]
    }
}

extension SwitchyardError {
    /// The error as those hear it who add a device by its QR code.
    ///
    /// Source: `coolkit-v2-http.md` §1.4, 30007 and 30011.
    fileprivate var asGSM: SwitchyardError {
        switch code {
        case .deviceOwnedByAnother: SwitchyardError(.gsmDeviceOwnedByAnother, message)
        case .deviceNotFound: SwitchyardError(.factoryDataMissing, message)
        default: self
        }
    }
}
