package import NIOCore

/// Takes a client's bytes apart into messages and control frames: RFC 6455 §5, without any I/O.
///
/// Bytes go in as they arrive, in pieces of any size; each call gives the next event until the bytes are used up.
/// Payloads are copied and unmasked in one pass into a fresh buffer with room for a frame header before them, so
/// what goes out is never a slice of the TLS layer's read buffer. Nothing is held between messages but a few bytes
/// of header.
package struct WebSocketReader {
    package enum Event: Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// The peer's close frame; no code if it had none.
        case close(code: UInt16?)
        /// The peer broke the protocol: the code to close with, and why. Nothing but `close` comes after it.
        case failure(code: UInt16, reason: String)
    }

    private enum Phase {
        case header
        case payload
        /// Reading on only to find the peer's close frame: payloads are skipped and nothing is judged.
        case drainingHeader
        case drainingPayload
        case finished
    }

    private let limits: WebSocketLimits
    private let allocator: ByteBufferAllocator
    private var phase = Phase.header
    private var header = PartialFrameHeader()
    private var frame = WebSocketFrameHeader()
    private var remaining = 0
    private var mask = UnmaskingKey(0)
    /// The data message being put together; `messageOpcode` is nil between messages.
    private var message: ByteBuffer?
    private var messageOpcode: WebSocketFrame.Opcode?
    private var fragments = 0
    private var validator = UTF8Validator()
    private var control: ByteBuffer?

    package init(limits: WebSocketLimits, allocator: ByteBufferAllocator) {
        self.limits = limits
        self.allocator = allocator
    }

    /// From now on only the peer's close frame is looked for.
    package mutating func drain() {
        switch phase {
        case .header: phase = .drainingHeader
        case .payload: phase = .drainingPayload
        case .drainingHeader, .drainingPayload, .finished: break
        }
        message = nil
        control = nil
    }

    /// The next event in `bytes`, or nil when they are used up.
    package mutating func next(_ bytes: inout ByteBuffer) -> Event? {
        while true {
            switch phase {
            case .header:
                guard header.read(from: &bytes) else { return nil }
                if let event = beginFrame(available: bytes.readableBytes) { return event }
            case .payload:
                if let event = readPayload(from: &bytes) { return event }
                guard phase != .payload else { return nil }
            case .drainingHeader:
                guard header.read(from: &bytes) else { return nil }
                frame = header.takeHeader()
                if frame.opcodeBits == WebSocketFrame.Opcode.close.rawValue { return endOfDraining() }
                remaining = Int(clamping: frame.length)
                phase = .drainingPayload
            case .drainingPayload:
                let skipped = min(remaining, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: skipped)
                remaining -= skipped
                guard remaining == 0 else { return nil }
                phase = .drainingHeader
            case .finished:
                bytes.moveReaderIndex(to: bytes.writerIndex)
                return nil
            }
        }
    }

    // MARK: Frames

    /// Judges a header and prepares for its payload; an empty payload ends the frame at once.
    private mutating func beginFrame(available: Int) -> Event? {
        frame = header.takeHeader()
        mask = UnmaskingKey(frame.maskingKey)
        remaining = Int(clamping: frame.length)
        phase = .payload
        guard frame.reservedBits == 0 else { return fail("reserved bits are set") }
        guard let opcode = WebSocketFrame.Opcode(rawValue: frame.opcodeBits) else { return fail("unknown opcode") }
        guard frame.isMasked else { return fail("a client's frame must be masked") }
        guard frame.length <= UInt64(Int64.max) else { return fail("the length has its highest bit set") }
        guard frame.hasShortestLength else { return fail("the length is not said in the shortest way") }
        if let event = opcode.isControl ? beginControl(opcode) : beginData(opcode, available: available) {
            return event
        }
        return remaining == 0 ? endFrame() : nil
    }

    private mutating func beginControl(_ opcode: WebSocketFrame.Opcode) -> Event? {
        guard frame.isFinal else { return fail("a control frame is never fragmented") }
        guard remaining <= 125 else { return fail("a control frame has at most 125 bytes") }
        control = WebSocketFrame.makeBuffer(capacity: remaining, allocator: allocator)
        return nil
    }

    private mutating func beginData(_ opcode: WebSocketFrame.Opcode, available: Int) -> Event? {
        if opcode == .continuation {
            guard messageOpcode != nil else { return fail("a continuation without a beginning") }
        } else {
            guard messageOpcode == nil else { return fail("a new message within a fragmented one") }
            messageOpcode = opcode
            validator = UTF8Validator()
            fragments = 0
        }
        let soFar = message?.readableBytes ?? 0
        guard remaining <= limits.maximumMessageBytes - soFar else {
            let reason = "a message has at most \(limits.maximumMessageBytes) bytes"
            return fail(reason, code: WebSocketCloseCode.messageTooBig)
        }
        fragments += 1
        guard fragments <= limits.maximumFragments else {
            let reason = "a message has at most \(limits.maximumFragments) fragments"
            return fail(reason, code: WebSocketCloseCode.policyViolation)
        }
        if message == nil {
            // What a peer only announces is not yet worth memory: the buffer grows as bytes come.
            let capacity = min(remaining, max(available, 4_096))
            message = WebSocketFrame.makeBuffer(capacity: capacity, allocator: allocator)
        }
        return nil
    }

    private mutating func readPayload(from bytes: inout ByteBuffer) -> Event? {
        let count = min(remaining, bytes.readableBytes)
        if count > 0 {
            remaining -= count
            if frame.isControl {
                mask.copy(count, from: &bytes, to: &control)
            } else {
                let start = message?.writerIndex ?? 0
                mask.copy(count, from: &bytes, to: &message)
                guard messageOpcode != .text || validates(from: start) else {
                    return fail("not UTF-8", code: WebSocketCloseCode.invalidText)
                }
            }
        }
        return remaining == 0 ? endFrame() : nil
    }

    private mutating func validates(from start: Int) -> Bool {
        guard let message else { return false }
        return message.withUnsafeReadableBytes { bytes in
            validator.consume(UnsafeRawBufferPointer(rebasing: bytes[(start - message.readerIndex)...]))
        }
    }

    private mutating func endFrame() -> Event? {
        phase = .header
        if frame.isControl {
            guard let payload = control.take() else { return nil }
            return endControl(payload)
        }
        guard frame.isFinal else { return nil }
        let isText = messageOpcode == .text
        messageOpcode = nil
        guard let whole = message.take() else { return nil }
        guard isText else { return .binary(whole) }
        guard validator.isComplete else { return fail("not UTF-8", code: WebSocketCloseCode.invalidText) }
        return .text(whole)
    }

    private mutating func endControl(_ payload: ByteBuffer) -> Event? {
        guard frame.opcodeBits == WebSocketFrame.Opcode.close.rawValue else {
            return frame.opcodeBits == WebSocketFrame.Opcode.ping.rawValue ? .ping(payload) : .pong
        }
        var payload = payload
        guard payload.readableBytes > 0 else { return end(.close(code: nil)) }
        guard let code = payload.readInteger(as: UInt16.self) else { return fail("a close code has two bytes") }
        guard WebSocketCloseCode.mayBeReceived(code) else { return fail("close code \(code) is not for sending") }
        var reason = UTF8Validator()
        guard payload.withUnsafeReadableBytes({ reason.consume($0) }), reason.isComplete else {
            return fail("the reason is not UTF-8", code: WebSocketCloseCode.invalidText)
        }
        return end(.close(code: code))
    }

    // MARK: Ends

    private mutating func end(_ event: Event) -> Event {
        phase = .finished
        return event
    }

    private mutating func endOfDraining() -> Event { end(.close(code: nil)) }

    private mutating func fail(_ reason: String, code: UInt16 = WebSocketCloseCode.protocolError) -> Event {
        drain()
        return .failure(code: code, reason: reason)
    }
}

extension Optional {
    /// Moves the value out and leaves nil, so that the value has one owner.
    fileprivate mutating func take() -> Wrapped? {
        let value = self
        self = nil
        return value
    }
}
