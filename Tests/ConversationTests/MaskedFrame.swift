/// WebSocket frames of a client as bytes, for what a client library would not send.
///
/// Source: RFC 6455 §5.2.
enum MaskedFrame {
    static let binary: UInt8 = 2

    static func text(_ text: String) -> [UInt8] { make(opcode: 1, Array(text.utf8)) }

    /// A whole frame whose mask is all zeros.
    static func make(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] { header(opcode: opcode, payload.count) + payload }

    /// The front of a frame that announces `length` bytes.
    static func header(opcode: UInt8, _ length: Int) -> [UInt8] {
        let bytes = withUnsafeBytes(of: UInt64(length).bigEndian) { Array($0) }
        let size: [UInt8]
        switch length {
        case ..<126: size = [0x80 | UInt8(length)]
        case ..<65_536: size = [0x80 | 126] + bytes[6...]
        default: size = [0x80 | 127] + bytes
        }
        return [0x80 | opcode] + size + [0, 0, 0, 0]
    }

    /// The length of the unmasked frame in which a server sends `text`.
    static func lengthFromServer(of text: String) -> Int {
        let length = text.utf8.count
        return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
    }
}
