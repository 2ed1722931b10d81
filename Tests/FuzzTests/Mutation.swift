import TestRandom

/// Changes inputs as a fuzzer does, but for seeds the same way each time.
struct Mutation {
    /// What parsers take apart, and what they stumble over.
    private static let tokens = [
        "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\\u0061", "\\ud83d\\ude00", "\\ud800", "\\u0000", "null", "-0",
        "1e999", "0.1", "\"action\":", "\"outlet\":", "\u{FEFF}", "é", "𝄞", "\r\n", "\n", "\r", "&", "=", "%2B", "+",
        "sign=",
        "Content-Length: 5", "Transfer-Encoding: chunked", "250-",
    ].map { Array($0.utf8) }
    private static let bytes: [UInt8] = [0x00, 0x1F, 0x20, 0x7F, 0x80, 0x81, 0x88, 0xBF, 0xC0, 0xED, 0xF4, 0xFE, 0xFF]

    private let pool: [[UInt8]]
    private var random: SeededGenerator

    init(seed: UInt64, pool: [[UInt8]]) {
        self.pool = pool
        random = SeededGenerator(seed: seed)
    }

    /// The input with one to four changes.
    mutating func changed(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let position = Int.random(in: 0...bytes.count, using: &random)
        let end = Int.random(in: position...bytes.count, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0 where position < bytes.count: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where position < bytes.count: bytes[position] = pick(Self.bytes)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        case 3: bytes.removeSubrange(position..<min(end, position + 8))
        case 4: bytes.insert(contentsOf: bytes[position..<min(end, position + 64)], at: position)
        case 5: bytes = bytes[..<position] + pick(pool).suffix(64)
        default: bytes.insert(contentsOf: pick(Self.tokens), at: position)
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }
}
