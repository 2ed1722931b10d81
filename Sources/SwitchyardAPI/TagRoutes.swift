import CoolkitWire
import Hummingbird
import SwitchyardCore

/// `POST /api/user/tags`: names of channels, and whatever else apps keep with a device.
///
/// Source: `coolkit-v1-http.md` §3.7.
struct TagRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.post("/api/user/tags", use: setTag)
    }

    /// A device that the account does not see is 400, as with the device's status: the documents list no 404 here.
    @Sendable
    private func setTag(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let deviceID = try call.parameters.required("deviceid")
        let key = try call.parameters.required("key")
        guard let value = call.parameters.value("value") else {
            throw SwitchyardError(.invalidInput, "params incomplete: value")
        }
        do throws(SwitchyardError) {
            guard let id = DeviceID(deviceID) else { throw SwitchyardError(.deviceNotFound, "device not found") }
            try await devices.setTag(key, to: value, of: id, by: call.grant.accountID)
        } catch {
            throw error.code == .deviceNotFound ? SwitchyardError(.invalidInput, error.message) : error
        }
        return .object { $0.add("error", 0) }
    }
}
