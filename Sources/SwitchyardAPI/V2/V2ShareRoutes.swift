import CoolkitWire
import Hummingbird
import SwitchyardCore

/// `/v2/device/share`: what apps of the socket do with `share`, `updateShare` and `cancelShare`.
///
/// A share is made at once, and the receiver is not asked: `shareType` 1, the only one documented and the default. Source:
/// `coolkit-v2-http.md` §4.2; API Center v2, "Share Devices".
struct V2ShareRoutes: Sendable {
    let authenticator: V2Authenticator
    let sharing: ShareDesk
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/device/share", use: share)
        router.post("/v2/device/share/permit", use: changePermit)
        router.delete("/v2/device/share", use: cancel)
    }

    /// Answers with both names that the documents have had for the list: `updatedThingList` and, before it, `updatedThing`.
    @Sendable
    private func share(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let ids = try call.parameters.deviceList(atMost: ShareDesk.maximumDevicesPerCall)
        let receiver = try call.parameters.receiver()
        let change = try ShareTermsChange(
            permit: try call.parameters.permit(),
            note: try call.parameters.optionalText("comment") ?? ""
        )
        try call.parameters.checkShareType()
        try await sharing.share(ids, of: call.account, with: receiver, change)
        let updated = try await devices.things(ids.map { .device($0) }, visibleTo: call.account)
        return .version2(capacity: 2 * updated.typicalBytes, lists: LongLists(devices, visibleTo: call.account)) {
            data in
            data.add("updatedThingList", things: updated)
            data.add("updatedThing", things: updated)
        }
    }

    @Sendable
    private func changePermit(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let device = try call.parameters.deviceID()
        let receiver = try call.parameters.receiverKey()
        let change = try ShareTermsChange(permit: try call.parameters.permit())
        try await sharing.changePermit(of: device, with: receiver, to: change, by: call.account)
        return try await updated(device, of: call.account)
    }

    @Sendable
    private func cancel(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let device = try call.parameters.deviceID()
        try await sharing.cancel(device, with: try call.parameters.receiverKey(), by: call.account)
        return try await updated(device, of: call.account)
    }

    private func updated(_ device: DeviceID, of account: AccountID) async throws -> Response {
        let updated = try await devices.things([.device(device)], visibleTo: account)
        return .version2(capacity: updated.typicalBytes) { $0.add("updatedThing", things: updated) }
    }
}

extension RequestParameters {
    /// `deviceid`.
    ///
    /// Throws `invalidInput` when it is missing, `deviceNotFound` when it can be none.
    fileprivate func deviceID() throws(SwitchyardError) -> DeviceID {
        guard let id = DeviceID(try required("deviceid")) else {
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        return id
    }

    /// `apikey`, the receiver's; one client spells it `apiKey`.
    fileprivate func receiverKey() throws(SwitchyardError) -> APIKey {
        guard let key = APIKey(try required("apikey")) else {
            throw SwitchyardError(.invalidInput, "params is error: apikey")
        }
        return key
    }

    fileprivate func permit() throws(SwitchyardError) -> Int {
        guard let value = value("permit") else { throw SwitchyardError(.invalidInput, "params incomplete: permit") }
        guard let permit = value.intValue else { throw SwitchyardError(.invalidInput, "params is error: permit") }
        return permit
    }

    fileprivate func checkShareType() throws(SwitchyardError) {
        guard let value = value("shareType"), !value.isNull else { return }
        guard value.intValue == 1 else {
            throw SwitchyardError(.invalidInput, "params is error: shareType is 1, sharing without asking the receiver")
        }
    }

    /// `user`: the phone number first, which begins with the country code or gets it from `countryCode`.
    ///
    /// Source: API Center v2, "Share Devices" ("The user's mobile number must start with the country code").
    fileprivate func receiver() throws(SwitchyardError) -> AccountIdentifier {
        guard let value = value("user") else { throw SwitchyardError(.invalidInput, "params incomplete: user") }
        guard let user = value.objectValue else { throw SwitchyardError(.invalidInput, "params is error: user") }
        if let phone = user["phoneNumber"], !phone.isNull, phone.stringValue != "" {
            guard let text = phone.stringValue, let identifier = Self.phone(text, user["countryCode"]) else {
                throw SwitchyardError(.invalidInput, "params is error: user.phoneNumber")
            }
            return identifier
        }
        guard let email = user["email"], !email.isNull, email.stringValue != "" else {
            throw SwitchyardError(.invalidInput, "params incomplete: user.phoneNumber or user.email")
        }
        guard let text = email.stringValue, let identifier = AccountIdentifier(email: text) else {
            throw SwitchyardError(.invalidInput, "params is error: user.email")
        }
        return identifier
    }

    private static func phone(_ text: String, _ countryCode: JSON?) -> AccountIdentifier? {
        if let identifier = AccountIdentifier(phone: text) { return identifier }
        guard let code = countryCode?.stringValue ?? countryCode?.numberValue?.text, !code.isEmpty else { return nil }
        return AccountIdentifier(phone: (code.hasPrefix("+") ? "" : "+") + code + text)
    }
}
