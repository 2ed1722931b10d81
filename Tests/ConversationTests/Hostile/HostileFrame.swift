/// Bytes that break RFC 6455, or come close to it, and the code that the server closes with.
struct HostileFrame: Sendable {
    let name: String
    let bytes: [UInt8]
    /// nil for a close without a code.
    let code: UInt16?

    private init(_ name: String, _ frames: [UInt8]..., code: UInt16?) {
        self.name = name
        bytes = frames.flatMap(\.self)
        self.code = code
    }

    /// Sources: RFC 6455 §5.2 to §5.6, §7.4, §8.1; `coolkit-websocket.md` §11 for the size of messages.
    static let all = headers + texts + fragments + controls + closes + lengths

    private static let headers: [HostileFrame] =
        [0x40, 0x20, 0x10, 0x70].map { .init("reserved bits \($0)", frame(1, "{}", reserved: $0), code: 1_002) }
        + [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map { .init("opcode \($0)", frame($0, ""), code: 1_002) }
        + [
            .init("unmasked text", [0x81, 0x02, 0x7B, 0x7D], code: 1_002),
            .init("unmasked ping", [0x89, 0x00], code: 1_002),
        ]

    private static let texts: [HostileFrame] = [
        .init("no UTF-8", frame(1, [0x7B, 0xFF, 0x7D]), code: 1_007),
        .init("an overlong slash", frame(1, [0xC0, 0xAF]), code: 1_007),
        .init("a surrogate", frame(1, [0xED, 0xA0, 0x80]), code: 1_007),
        .init("past U+10FFFF", frame(1, [0xF4, 0x90, 0x80, 0x80]), code: 1_007),
        .init("a character cut off at the end", frame(1, [0x7B, 0xE2, 0x82]), code: 1_007),
        .init(
            "a character spoilt by the next fragment",
            frame(1, [0xE2], isFinal: false),
            frame(0, [0x28]),
            code: 1_007
        ),
        .init(
            "a character cut off at the last fragment",
            frame(1, [0xE2], isFinal: false),
            frame(0, [0x82]),
            code: 1_007
        ),
        .init("no UTF-8 in a frame that never ends", frame(1, [0x7B, 0xFF], announced: 60_000), code: 1_007),
    ]

    private static let fragments: [HostileFrame] = [
        .init("a continuation without a beginning", frame(0, "x"), code: 1_002),
        .init("a text within a text", frame(1, "{", isFinal: false), frame(1, "}"), code: 1_002),
        .init("a binary within a text", frame(1, "{", isFinal: false), frame(2, "}"), code: 1_002),
        .init(
            "a continuation after the end",
            frame(1, "p", isFinal: false),
            frame(0, "ing"),
            frame(0, "x"),
            code: 1_002
        ),
        .init(
            "more fragments than a message may have",
            frame(1, "", isFinal: false),
            [[UInt8]](repeating: frame(0, " ", isFinal: false), count: 1_024).flatMap(\.self),
            code: 1_008
        ),
        .init(
            "a message too long in fragments",
            frame(2, spaces(40_000), isFinal: false),
            frame(0, spaces(30_000)),
            code: 1_009
        ),
    ]

    private static let controls: [HostileFrame] = [
        .init("a fragmented ping", frame(9, "x", isFinal: false), code: 1_002),
        .init("a fragmented close", frame(8, [0x03, 0xE8], isFinal: false), code: 1_002),
        .init("a ping of 126 bytes", frame(9, spaces(126)), code: 1_002),
        .init("a pong of 70 000 bytes", frame(10, spaces(70_000)), code: 1_002),
    ]

    private static let closes: [HostileFrame] =
        [0, 999, 1_004, 1_005, 1_006, 1_015, 1_016, 2_999, 5_000, 65_535].map { code in
            .init("close \(code)", close(code), code: 1_002)
        } + [1_000, 1_001, 1_011, 3_000, 4_999].map { .init("close \($0)", close($0), code: $0) } + [
            .init("close without a code", frame(8, ""), code: nil),
            .init("close of one byte", frame(8, [3]), code: 1_002),
            .init("a reason that is no UTF-8", close(1_000, reason: [0xFF]), code: 1_007),
            .init("a reason cut off", close(1_000, reason: [0xE2, 0x82]), code: 1_007),
        ]

    private static let lengths: [HostileFrame] = [
        .init("the highest bit of the length", frame(2, "", lengthBytes: 8, announced: 1 << 63), code: 1_002),
        .init("all bits of the length", frame(2, "", lengthBytes: 8, announced: .max), code: 1_002),
        .init("a length of 2^62", frame(2, "", lengthBytes: 8, announced: 1 << 62), code: 1_009),
        .init("one byte too many, announced", frame(1, "", lengthBytes: 8, announced: 65_537), code: 1_009),
        .init("a short length in two bytes", frame(1, "{}", lengthBytes: 2), code: 1_002),
        .init("a short length in eight bytes", frame(1, "{}", lengthBytes: 8), code: 1_002),
        .init("a length of two bytes in eight", frame(1, spaces(300), lengthBytes: 8), code: 1_002),
    ]
}

// MARK: - Frames

extension HostileFrame {
    static func frame(_ opcode: UInt8, _ text: String, isFinal: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
        frame(opcode, Array(text.utf8), isFinal: isFinal, reserved: reserved)
    }

    static func frame(_ opcode: UInt8, _ text: String, lengthBytes: Int, announced: UInt64? = nil) -> [UInt8] {
        frame(opcode, Array(text.utf8), lengthBytes: lengthBytes, announced: announced)
    }

    /// A masked frame with everything as told, right or wrong.
    static func frame(
        _ opcode: UInt8,
        _ payload: [UInt8],
        isFinal: Bool = true,
        reserved: UInt8 = 0,
        lengthBytes: Int? = nil,
        announced: UInt64? = nil
    ) -> [UInt8] {
        let length = announced ?? UInt64(payload.count)
        let width = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8)
        let big = withUnsafeBytes(of: length.bigEndian) { Array($0) }
        let size: [UInt8] =
            switch width {
            case 0: [0x80 | UInt8(length)]
            case 2: [0x80 | 126] + big.suffix(2)
            default: [0x80 | 127] + big
            }
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        let masked = payload.enumerated().map { $1 ^ key[$0 % 4] }
        return [(isFinal ? 0x80 : 0) | reserved | opcode] + size + key + masked
    }

    private static func close(_ code: UInt16, reason: [UInt8] = []) -> [UInt8] {
        frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    private static func spaces(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x20, count: count) }
}
