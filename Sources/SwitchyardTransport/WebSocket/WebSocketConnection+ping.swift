import NIOCore

extension WebSocketConnection {
    /// Sends an empty control ping; what the peer answers is a `receivedControl` of the delegate.
    package func sendPing() {
        guard let context else { return }
        var frame = WebSocketFrame.makeBuffer(capacity: 0, allocator: context.channel.allocator)
        WebSocketFrame.seal(&frame, opcode: .ping)
        write(frame)
    }
}
