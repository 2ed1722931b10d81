/// A connection whose events are awaited one after the other.
package struct WebSocketConversation: Sendable {
    /// How long `next` waits unless told otherwise.
    package static let defaultLimit = Duration.seconds(10)

    package let connection: WebSocketConnection
    let inbox: Inbox<WebSocketEvent>

    package func send(_ text: String) async throws { try await connection.send(text) }

    package func ping() async throws { try await connection.ping() }

    package func close(code: UInt16? = 1_000) async { await connection.close(code: code) }

    /// The next event.
    ///
    /// - Throws: `SimulatorError` when nothing comes within `limit`, or when `closed` has been taken already.
    package func next(within limit: Duration = Self.defaultLimit) async throws -> WebSocketEvent {
        try await withDeadline(limit, waitingFor: "the next event") { [inbox] in
            try await inbox.next { _ in true }
        }
    }

    /// The next text message; pings and pongs before it are dropped.
    ///
    /// - Throws: `SimulatorError` when none comes within `limit`, or the connection ends.
    package func nextText(within limit: Duration = Self.defaultLimit) async throws -> String {
        try await withDeadline(limit, waitingFor: "a text message") { [inbox] in
            while true {
                switch try await inbox.next(where: { _ in true }) {
                case .text(let text): return text
                case .ping, .pong: continue
                case .closed(let code):
                    throw SimulatorError(
                        .connectionClosed,
                        "the server closed the connection",
                        number: code.map(Int.init)
                    )
                }
            }
        }
    }

    /// Waits for the end of the connection and gives the server's close code; what comes before it is dropped.
    package func closeCode(within limit: Duration = Self.defaultLimit) async throws -> UInt16? {
        try await withDeadline(limit, waitingFor: "the server to close") { [inbox] in
            while true {
                if case .closed(let code) = try await inbox.next(where: { _ in true }) { return code }
            }
        }
    }
}
