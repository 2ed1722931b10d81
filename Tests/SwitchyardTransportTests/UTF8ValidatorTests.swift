import TestRandom
import Testing

@testable import SwitchyardTransport

@Suite struct UTF8ValidatorTests {
    @Test("Random bytes in random pieces are judged as the standard library judges them", arguments: 1...20)
    func agreesWithString(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let bytes = Self.sample(&random)
            var validator = UTF8Validator()
            var isValid = true
            var position = 0
            while position < bytes.count, isValid {
                let end = min(bytes.count, position + Int.random(in: 1...12, using: &random))
                isValid = bytes[position..<end].withUnsafeBytes { validator.consume($0) }
                position = end
            }
            #expect((isValid && validator.isComplete) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }

    @Test(
        "Bytes that nothing can make good are refused at once",
        arguments: [
            [0xC0], [0xC1], [0xF5], [0xFF], [0x80], [0xE0, 0x9F], [0xED, 0xA0], [0xF0, 0x8F], [0xF4, 0x90],
            [0xCE, 0x41], [0xE2, 0x82, 0x41],
        ] as [[UInt8]]
    )
    func failsFast(bytes: [UInt8]) {
        var validator = UTF8Validator()
        #expect(bytes.dropLast().withUnsafeBytes { validator.consume($0) })
        #expect(!bytes.suffix(1).withUnsafeBytes { validator.consume($0) })
    }

    private static func sample(_ random: inout SeededGenerator) -> [UInt8] {
        let pieces: [[UInt8]] = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            switch Int.random(in: 0..<4, using: &random) {
            case 0: Array(repeating: UInt8.random(in: 0x20...0x7E, using: &random), count: 9)
            case 1: Array(["é", "€", "𝄞", "\u{7FF}", "\u{10FFFF}"].randomElement(using: &random, or: "é").utf8)
            case 2: [UInt8.random(in: 0x80...0xFF, using: &random)]
            default: Array(Array("€𝄞".utf8).prefix(Int.random(in: 0...7, using: &random)))
            }
        }
        return pieces.flatMap { $0 }
    }
}

extension Array {
    fileprivate func randomElement(using random: inout SeededGenerator, or fallback: Element) -> Element {
        randomElement(using: &random) ?? fallback
    }
}
