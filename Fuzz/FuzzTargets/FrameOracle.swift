import NIOCore
import NIOEmbedded
import NIOWebSocket
import SwitchyardTransport

/// What a stream of frames means by NIO's decoder, with the rules of RFC 6455 that it leaves to others written down anew.
struct FrameOracle {
    private(set) var events: [WebSocketReader.Event] = []
    private(set) var failure: UInt16?
    private(set) var hasIncompleteFrame = false
    private(set) var hasIncompleteHeader = false

    private let limits: WebSocketLimits
    private var opcode: WebSocketOpcode?
    private var message: [UInt8] = []
    private var fragments = 0
    private var hasClosed = false

    init(reading bytes: UnsafeRawBufferPointer, limits: WebSocketLimits) throws {
        self.limits = limits
        let decoder = WebSocketFrameDecoder(maxFrameSize: limits.maximumMessageBytes)
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(decoder))
        var decoderHasFailed = false
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { decoderHasFailed = true }
        var offset = 0
        while failure == nil, !hasClosed, let frame = try channel.readInbound(as: NIOWebSocket.WebSocketFrame.self) {
            offset += take(frame, lengthByte: bytes[offset + 1])
        }
        if failure == nil, !hasClosed {
            if decoderHasFailed { failure = 1_002 }
            hasIncompleteFrame = offset < bytes.count
            hasIncompleteHeader = Self.lacksHeader(bytes[min(offset, bytes.count)...])
        }
        _ = try? channel.finish()
    }

    private static func lacksHeader(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let lengthByte = bytes.dropFirst().first else { return true }
        let lengthBytes = lengthByte & 0x7F == 126 ? 2 : lengthByte & 0x7F == 127 ? 8 : 0
        return bytes.count < 2 + lengthBytes + (lengthByte & 0x80 == 0 ? 0 : 4)
    }

    /// Takes a frame; returns how many bytes it had on the wire.
    private mutating func take(_ frame: NIOWebSocket.WebSocketFrame, lengthByte: UInt8) -> Int {
        let length = frame.length
        let lengthBytes = lengthByte & 0x7F == 126 ? 2 : lengthByte & 0x7F == 127 ? 8 : 0
        // RFC 6455 §5.2: the shortest way to say the length.
        let isMinimal = lengthBytes == (length < 126 ? 0 : length < 65_536 ? 2 : 8)
        let isPlain = !frame.rsv1 && !frame.rsv2 && !frame.rsv3
        if !isMinimal || !isPlain || frame.maskKey == nil {
            failure = 1_002
        } else {
            take(frame.opcode, isFinal: frame.fin, Array(frame.unmaskedData.readableBytesView))
        }
        return 2 + lengthBytes + (frame.maskKey == nil ? 0 : 4) + length
    }

    private mutating func take(_ opcode: WebSocketOpcode, isFinal: Bool, _ payload: [UInt8]) {
        switch opcode {
        case .ping: events.append(.ping(ByteBuffer(bytes: payload)))
        case .pong: events.append(.pong)
        case .connectionClose: close(payload)
        case .text, .binary:
            guard self.opcode == nil else {
                failure = 1_002
                return
            }
            self.opcode = opcode
            (message, fragments) = ([], 0)
            add(payload, isFinal: isFinal)
        case .continuation:
            guard self.opcode != nil else {
                failure = 1_002
                return
            }
            add(payload, isFinal: isFinal)
        default: failure = 1_002
        }
    }

    private mutating func add(_ payload: [UInt8], isFinal: Bool) {
        message += payload
        fragments += 1
        let isText = opcode == .text
        if message.count > limits.maximumMessageBytes {
            failure = 1_009
            return
        }
        if fragments > limits.maximumFragments {
            failure = 1_008
            return
        }
        if isText, !canBecomeUTF8(message) {
            failure = 1_007
            return
        }
        guard isFinal else { return }
        if isText, String(validating: message, as: UTF8.self) == nil {
            failure = 1_007
            return
        }
        events.append(isText ? .text(ByteBuffer(bytes: message)) : .binary(ByteBuffer(bytes: message)))
        opcode = nil
    }

    /// Whether some bytes behind these would make them a text: a character is cut off at the most.
    private func canBecomeUTF8(_ bytes: [UInt8]) -> Bool {
        let endings: [[UInt8]] = [
            [], [0x80], [0x80, 0x80], [0x80, 0x80, 0x80], [0xA0], [0xA0, 0x80], [0x90, 0x80, 0x80],
        ]
        return endings.contains { String(validating: bytes + $0, as: UTF8.self) != nil }
    }

    /// RFC 6455 §5.5.1, §7.4.
    private mutating func close(_ payload: [UInt8]) {
        guard !payload.isEmpty else {
            hasClosed = true
            return events.append(.close(code: nil))
        }
        guard payload.count >= 2 else {
            failure = 1_002
            return
        }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        let isAllowed =
            (1_000...4_999).contains(code) && !(1_015...2_999).contains(code) && !(1_004...1_006).contains(code)
        guard isAllowed else {
            failure = 1_002
            return
        }
        guard String(validating: payload.dropFirst(2), as: UTF8.self) != nil else {
            failure = 1_007
            return
        }
        hasClosed = true
        events.append(.close(code: code))
    }
}
