package import CoolkitWire

/// What a simulated app gets on its WebSocket.
package enum AppArrival: Sendable, Hashable {
    /// A message without `action`: the answer to something the app sent.
    case answer(JSONObject)
    /// A message with `action`: something that happened elsewhere.
    case push(JSONObject)
    /// A text that is no JSON object, `pong` above all.
    case text(String)
    /// A control pong.
    case pong
    /// The end, with the server's close code.
    case closed(code: UInt16?)

    /// Sorts an event; a control ping, which has been answered, is no arrival.
    init?(_ event: WebSocketEvent) {
        switch event {
        case .text(let text):
            // What is not JSON is kept as it is.
            guard case .object(let object)? = try? JSON(parsing: text) else {
                self = .text(text)
                return
            }
            self = object["action"] == nil ? .answer(object) : .push(object)
        case .pong: self = .pong
        case .ping: return nil
        case .closed(let code): self = .closed(code: code)
        }
    }
}
