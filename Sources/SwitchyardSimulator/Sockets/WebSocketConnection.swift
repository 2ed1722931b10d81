package import NIOCore
import NIOWebSocket

/// One open WebSocket connection, to send on; what arrives goes to the closure given to `WebSocketClient.connect`.
package struct WebSocketConnection: Sendable {
    /// The channel below, for tests that look at it.
    package let channel: any Channel

    /// Sends a text message and returns when it has been handed to the socket.
    package func send(_ text: String) async throws {
        try await write(.frame(.text, ByteBuffer(string: text)))
    }

    /// Sends a text message and returns when it has been handed to the socket.
    package func send(_ text: ByteBuffer) async throws {
        try await write(.frame(.text, text))
    }

    /// Sends a control ping; the pong arrives as an event.
    package func ping() async throws {
        try await write(.frame(.ping, ByteBuffer()))
    }

    /// Sends bytes past the WebSocket framing, for tests of what a server does with them.
    package func sendRaw(_ bytes: ByteBuffer) async throws {
        let channel = channel
        do {
            try await channel.eventLoop.flatSubmit {
                do {
                    // Writing at the encoder's place goes past it, to TLS or the socket.
                    let context = try channel.pipeline.syncOperations.context(name: WebSocketClient.frameEncoderName)
                    return context.writeAndFlush(NIOAny(bytes))
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
            }.get()
        } catch {
            throw SimulatorError(.connectionClosed, "the connection is closed: \(error)")
        }
    }

    /// Sends a Close frame, closes the connection and waits until it is gone.
    package func close(code: UInt16? = 1_000) async {
        // A connection that is closed already is what was asked for.
        try? await channel.writeAndFlush(WebSocketOutgoing.close(code: code)).get()
        // Closing succeeds or the channel was closed before: either way it is gone.
        try? await channel.closeFuture.get()
    }

    /// Drops the connection without a Close frame, as a device that loses power.
    package func abort() {
        channel.close(mode: .all, promise: nil)
    }

    /// Sends without waiting; a peer that does not read is closed, not buffered for.
    ///
    /// A failure shows as the event `closed`.
    func post(_ text: String) { post(.frame(.text, ByteBuffer(string: text))) }

    /// Sends a control ping without waiting.
    func postPing() { post(.frame(.ping, ByteBuffer())) }

    private func post(_ outgoing: WebSocketOutgoing) {
        guard channel.isWritable else { return channel.close(promise: nil) }
        channel.writeAndFlush(outgoing, promise: nil)
    }

    private func write(_ outgoing: WebSocketOutgoing) async throws {
        do {
            try await channel.writeAndFlush(outgoing).get()
        } catch let error as SimulatorError {
            throw error
        } catch {
            throw SimulatorError(.connectionClosed, "the connection is closed: \(error)")
        }
    }
}
