import CoolkitWire
import NIOCore

/// The text heartbeat: `ping` in any case and with white space around it is answered with the bare text `pong`.
///
/// Source: `coolkit-websocket.md` §3.
enum TextHeartbeat {
    /// Longer texts are no heartbeat.
    private static let longestPing = 16

    static func isPing(_ text: ByteBuffer) -> Bool {
        guard text.readableBytes <= longestPing else { return false }
        return text.withUnsafeReadableBytes { bytes in
            var letters = bytes.drop { $0 <= 0x20 }
            while let last = letters.last, last <= 0x20 { letters.removeLast() }
            return letters.count == 4 && zip(letters, "ping".utf8).allSatisfy { $0 | 0x20 == $1 }
        }
    }

    static func pong() -> ByteBuffer {
        var payload = FrameBuffer.make(payloadCapacity: 4)
        payload.writeStaticString("pong")
        return payload
    }
}
