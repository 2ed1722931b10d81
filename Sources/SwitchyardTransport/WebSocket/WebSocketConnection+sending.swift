package import NIOCore

/// What one connection has written and not yet seen leave.
struct OutboundState {
    /// Bytes written since the last flush.
    var unflushedBytes = 0
    /// Frames and bytes written since the channel stopped being writable.
    private var queuedFrames = 0
    private var queuedBytes = 0
    /// Whether the connection waits in the loop's flush queue.
    var isAwaitingFlush = false

    /// Counts a frame that has to wait; false when that is more than the limits allow.
    mutating func queue(bytes: Int, limits: WebSocketLimits) -> Bool {
        queuedFrames += 1
        queuedBytes += bytes
        return queuedFrames <= limits.maximumQueuedFrames && queuedBytes <= limits.maximumQueuedBytes
    }

    /// Counts a frame that can be left out, if there is room for it: they take half of what may wait, and leave the rest to others.
    mutating func queueIfRoom(bytes: Int, limits: WebSocketLimits) -> Bool {
        guard queuedFrames < limits.maximumQueuedFrames / 2, queuedBytes + bytes <= limits.maximumQueuedBytes / 2 else {
            return false
        }
        queuedFrames += 1
        queuedBytes += bytes
        return true
    }

    mutating func becameWritable() {
        queuedFrames = 0
        queuedBytes = 0
    }
}

extension WebSocketConnection {
    /// Unflushed bytes at which a flush does not wait for the end of the turn, so that back-pressure can show.
    private static let earlyFlushBytes = 16_384

    /// Whether the peer keeps up: false while more than the high-water mark waits to leave.
    package var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Sends a text message; the payload has `WebSocketFrame.headroom` bytes before its reader index.
    package func send(text payload: consuming ByteBuffer) {
        guard state == .open else { return }
        WebSocketFrame.seal(&payload)
        write(payload)
    }

    /// Sends a binary message; the payload has `WebSocketFrame.headroom` bytes before its reader index.
    package func send(binary payload: consuming ByteBuffer) {
        guard state == .open else { return }
        WebSocketFrame.seal(&payload, opcode: .binary)
        write(payload)
    }

    /// Sends a frame that `WebSocketFrame.seal` prepared: the same bytes can go to many.
    package func send(frame: ByteBuffer) { write(frame) }

    /// The same for a frame that the peer has not asked for and can do without: it is left out where the peer is slow to read.
    package func send(dispensable frame: ByteBuffer) {
        guard state == .open, let context else { return }
        guard
            context.channel.isWritable || outbound.queueIfRoom(bytes: frame.readableBytes, limits: limits)
        else { return }
        put(frame, context)
    }

    /// Writes a frame if the connection is open, counting it when the peer is slow to read.
    func write(_ frame: ByteBuffer) {
        guard state == .open, let context else { return }
        let length = frame.readableBytes
        if !context.channel.isWritable, !outbound.queue(bytes: length, limits: limits) {
            close(code: WebSocketCloseCode.tryAgainLater, reason: "too slow to read")
            return
        }
        put(frame, context)
    }

    private func put(_ frame: ByteBuffer, _ context: ChannelHandlerContext) {
        outbound.unflushedBytes += frame.readableBytes
        context.write(wrapOutboundOut(frame), promise: nil)
        if oneFramePerFlush || outbound.unflushedBytes >= Self.earlyFlushBytes {
            flushNow()
        } else if !flushesAfterRead, !outbound.isAwaitingFlush {
            outbound.isAwaitingFlush = true
            flushes.add(self)
        }
    }

    /// Flushes at the end of a read or of the loop's turn.
    func flushQueued() {
        outbound.isAwaitingFlush = false
        if outbound.unflushedBytes > 0 { flushNow() }
    }

    /// Flushes what was sent without waiting for the end of the turn.
    package func flushNow() {
        outbound.unflushedBytes = 0
        context?.flush()
    }
}
