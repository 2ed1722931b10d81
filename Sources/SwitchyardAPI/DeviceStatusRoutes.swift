import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `/api/user/device/status`: what a device is known to be (GET), and a command to it (POST).
///
/// Source: `coolkit-v1-http.md` §3.8, §3.9.
struct DeviceStatusRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let devices: DeviceService
    let commands: DeviceCommands

    func add(to router: Router<APIRequestContext>) {
        router.get("/api/user/device/status", use: status)
        router.post("/api/user/device/status", use: control)
    }

    /// Answers from the stored state, whether the device is online or not.
    @Sendable
    private func status(_ request: Request, context: APIRequestContext) throws -> Response {
        let call = try authenticator.bearerQuery(request)
        let names = (call.parameters.text("params") ?? "").split(separator: "|").map(String.init)
        let params = try params(try call.parameters.required("deviceid"), named: names, for: call.grant.accountID)
        return .object(capacity: 64 + params.readableBytes) { object in
            object.add("error", 0)
            object.add("params", json: params)
        }
    }

    /// A device that the account does not see is 400 here; one client reads that as "not found".
    private func params(
        _ deviceID: String,
        named names: [String],
        for account: AccountID
    ) throws(SwitchyardError) -> ByteBuffer {
        do throws(SwitchyardError) {
            guard let id = DeviceID(deviceID) else { throw SwitchyardError(.deviceNotFound, "device not found") }
            return try devices.params(of: id, named: names, visibleTo: account)
        } catch {
            throw error.code == .deviceNotFound ? SwitchyardError(.invalidInput, error.message) : error
        }
    }

    /// Forwards the command and answers when the device has acked it.
    ///
    /// A device that does not exist and one of somebody else are alike: 403.
    @Sendable
    private func control(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let text = try call.parameters.required("deviceid")
        let params = try Self.commandParams(of: call)
        guard let id = DeviceID(text) else { throw SwitchyardError(.forbidden, "Forbidden") }
        _ = try await commands.send(params, to: id, from: .account(call.grant.accountID))
        return .object { object in
            object.add("error", 0)
            object.add("deviceid", id.rawValue)
        }
    }

    /// The bytes of `params` as the client wrote them: an object, or an array of objects.
    private static func commandParams(of call: BearerRequest) throws(SwitchyardError) -> ByteBuffer {
        switch call.parameters.value("params") {
        case nil: throw SwitchyardError(.invalidInput, "params incomplete: params")
        case .object?: break
        case .array(let elements)?
        where !elements.isEmpty && elements.count <= ParamsDocument.maximumUpdateElements
            && elements.allSatisfy({ $0.objectValue != nil }):
            break
        default: throw SwitchyardError(.invalidInput, "params is error: params is no object and no array of objects")
        }
        let envelope: Envelope
        do {
            envelope = try Envelope(scanning: call.body)
        } catch {
            throw SwitchyardError(.invalidInput, "params is error: a member occurs twice", underlying: error)
        }
        guard let params = envelope.params else { throw SwitchyardError(.invalidInput, "params incomplete: params") }
        return envelope.slice(params)
    }
}
