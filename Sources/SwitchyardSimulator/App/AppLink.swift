import CoolkitWire
import NIOCore

/// An app's open WebSocket and what has arrived on it.
struct AppLink: Sendable {
    let connection: WebSocketConnection
    let inbox: Inbox<AppArrival>

    /// Connects.
    init(_ client: WebSocketClient) async throws {
        let inbox = Inbox<AppArrival>(capacity: SimulatedApp.maximumWaiting)
        connection = try await client.connect { event in
            guard let arrival = AppArrival(event) else { return true }
            guard case .closed(let code) = arrival else { return inbox.deliver(arrival) }
            let isKept = inbox.deliver(arrival, isVital: true)
            let number = code.map { " with code \($0)" } ?? ""
            inbox.finish(
                throwing: SimulatorError(
                    .connectionClosed,
                    "the server closed the connection\(number)",
                    number: code.map(Int.init)
                )
            )
            return isKept
        }
        self.inbox = inbox
    }

    /// Sends `message` and waits for the answer with its `sequence`, which is always a text.
    ///
    /// Source: `coolkit-websocket.md` §1.1, sequence rule 1.
    func exchange(_ message: ByteBuffer, sequence: String, within limit: Duration) async throws -> JSONObject {
        try await connection.send(message)
        return try await next("the answer to \(sequence)", within: limit) { arrival in
            guard case .answer(let answer) = arrival, answer["sequence"]?.stringValue == sequence else { return nil }
            return answer
        }
    }

    /// The next arrival that `select` makes something of.
    func next<Value: Sendable>(
        _ what: String,
        within limit: Duration,
        _ select: @escaping @Sendable (AppArrival) -> Value?
    ) async throws -> Value {
        let arrival = try await withDeadline(limit, waitingFor: what) { [inbox] in
            try await inbox.next { select($0) != nil }
        }
        guard let value = select(arrival) else {
            throw SimulatorError(.unexpectedAnswer, "what arrived is not \(what)")
        }
        return value
    }
}
