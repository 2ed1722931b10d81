import CoolkitWire
import NIOCore
import NIOWebSocket
import SwitchyardSimulator
import Synchronization

/// As much of a Coolkit server as a simulated device or app needs, for one device.
final class ScriptedCloud: Sendable {
    /// What `register` is answered with, before anything else is looked at.
    enum Registration: Sendable {
        case accept
        case refuse(Int)
        /// Closes the connection without an answer.
        case close
    }

    struct State {
        var requests: [ScriptedServer.Request] = []
        var device: ScriptedServer.Peer?
        var registration = Registration.accept
        var dispatchError = 0
        /// What a sensor's report is answered with; `nil` is success.
        var sensorAnswer: String?
    }

    let state = Mutex(State())
    /// The messages that have come from devices and apps.
    let messages = Inbox<JSONObject>(capacity: 1_000)

    /// Runs `body` with this cloud on a free port.
    func serve<Result>(_ body: (ServerAddress) async throws -> Result) async throws -> Result {
        let respond: ScriptedServer.Respond = { ScriptedServer.Reply(self.respond(to: $0, port: $1)) }
        let receive: ScriptedServer.Receive = { self.receive($0, from: $1) }
        return try await ScriptedServer.with(respond: respond, receive: receive) { try await body($0.address) }
    }

    /// The next message with this `action`; `nil` stands for an acknowledgement.
    func next(_ action: String?) async throws -> JSONObject {
        try await withDeadline(.seconds(10), waitingFor: "the message \(action ?? "without action")") { [messages] in
            try await messages.next { $0["action"]?.stringValue == action }
        }
    }

    /// Sends `text` to the device that registered last.
    func sendToDevice(_ text: String) { state.withLock { $0.device }?.send(text) }

    private func respond(to request: ScriptedServer.Request, port: Int) -> String {
        let dispatchError = state.withLock { state in
            state.requests.append(request)
            return state.dispatchError
        }
        switch request.uri.prefix(while: { $0 != "?" }) {
        case "/dispatch/device", "/dispatch/app":
            guard dispatchError == 0 else { return #"{"error":\#(dispatchError),"reason":"no"}"# }
            return #"{"error":0,"reason":"ok","IP":"127.0.0.1","port":\#(port)}"#
        case "/api/user/login":
            return request.body.contains("wrong")
                ? #"{"error":401,"msg":"wrong password","info":"wrong password"}"#
                : #"{"at":"token","rt":"refresh","user":{"apikey":"\#(DeviceRig.owner)"},"region":"eu"}"#
        case "/api/user/device": return #"{"error":0,"devicelist":[{"deviceid":"1000a1b2c3","online":true}]}"#
        case "/api/user/device/update":
            return state.withLock { $0.sensorAnswer } ?? #"{"error":0,"deviceid":"1000a1b2c3"}"#
        default: return #"{"error":404,"msg":"api not found","info":"api not found"}"#
        }
    }

    private func receive(_ frame: WebSocketFrame, from peer: ScriptedServer.Peer) {
        switch frame.opcode {
        case .ping: peer.send(.pong, frame.data)
        case .connectionClose: peer.channel.close(promise: nil)
        case .text:
            let text = String(buffer: frame.data)
            guard text != "ping" else { return peer.send("pong") }
            guard case .object(let message)? = try? JSON(parsing: text) else { return }
            answer(message, from: peer)
            _ = messages.deliver(message)
        default: break
        }
    }

    private func answer(_ message: JSONObject, from peer: ScriptedServer.Peer) {
        let sequence = message["sequence"].map { #","sequence":\#($0.text)"# } ?? ""
        switch (message["action"]?.stringValue, message["userAgent"]?.stringValue) {
        case ("register", _):
            let registration = state.withLock { state in
                state.device = peer
                return state.registration
            }
            switch registration {
            case .accept: peer.send(DeviceRig.goodRegister)
            case .refuse(let code): peer.send(#"{"error":\#(code),"deviceid":"1000a1b2c3"}"#)
            case .close: peer.channel.close(promise: nil)
            }
        case ("date", _): peer.send(DeviceRig.date)
        case ("query", "device"): peer.send(DeviceRig.noTimers)
        case ("update", "device"), ("reportSubDevice", _): peer.send(DeviceRig.good)
        case ("userOnline", _):
            let error = message["at"] == "token" ? 0 : 406
            peer.send(
                #"{"error":\#(error),"apikey":"\#(DeviceRig.owner)","config":{"hb":1,"hbInterval":145}\#(sequence)}"#
            )
        case ("update", "app"):
            // A push in between shows that answers are told apart.
            peer.send(#"{"action":"update","deviceid":"1000a1b2c3","params":{"switch":"on"},"from":"device"}"#)
            peer.send(#"{"error":503,"reason":"Device Offline","sequence":"other"}"#)
            peer.send(#"{"error":0,"deviceid":"1000a1b2c3"\#(sequence)}"#)
        case ("query", "app"): peer.send(#"{"error":0,"params":{"switch":"on"}\#(sequence)}"#)
        default: break
        }
    }
}
