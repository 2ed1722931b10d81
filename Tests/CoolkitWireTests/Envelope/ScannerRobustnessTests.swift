import CoolkitWire
import NIOCore
import TestRandom
import Testing

/// Random, truncated and mutated bytes: nothing traps, and the scanner accepts exactly what the parser accepts.
@Suite("Hostile bytes")
struct ScannerRobustnessTests {
    private static let frames = [
        #"{"action":"update","deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001","userAgent":"app","sequence":"1700000300100","ts":0,"params":{"switch":"on","switches":[{"switch":"off","outlet":0},{"outlet":1}]}}"#,
        #"{"error":0,"userAgent":"device","sequence":1.5e+3,"d_seq":-0,"config":{"a":[true,false,null,[],{}]},"x":"\ud83d\ude00\n\u0041"}"#,
        #" { "seq" : "日本" , "at" : "zoë\\\"" , "params" : [ { "k" : 1E-2 } , { } ] } "#,
    ]

    /// What the two must agree on: valid, an object, no known member twice.
    private func expectAgreement(on bytes: [UInt8], _ comment: Comment? = nil) {
        let tree = Result { () throws(JSONSyntaxError) in try JSON(parsing: bytes) }
        let envelope = Result { () throws(JSONSyntaxError) in try Envelope(scanning: ByteBuffer(bytes: bytes)) }

        switch (tree, envelope) {
        case (.success(let value), .success(let envelope)):
            #expect(value.objectValue != nil, comment)
            expectSameMembers(value, envelope)
        case (.success(let value), .failure(let error)):
            #expect(value.objectValue == nil || error.reason == .duplicateMember, comment)
        case (.failure(let error), .success):
            // UTF-8 is the WebSocket layer's to check.
            #expect(error.reason == .invalidUTF8, comment)
        case (.failure, .failure):
            break
        }
    }

    private func expectSameMembers(_ value: JSON, _ envelope: Envelope) {
        #expect(value["action"]?.stringValue == envelope.text(envelope.action))
        #expect(value["sequence"]?.stringValue == envelope.text(envelope.sequence))
        let params = envelope.params.map(envelope.slice).flatMap { params in
            Result { () throws(JSONSyntaxError) in try JSON(parsing: params) }.success
        }
        #expect(value["params"] == params)
    }

    @Test("A frame cut off anywhere is refused", arguments: frames)
    func truncated(frame: String) {
        let bytes = Array(frame.utf8)
        let end = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        for count in 0..<end {
            #expect(throws: JSONSyntaxError.self) { try Envelope(scanning: ByteBuffer(bytes: bytes[..<count])) }
            expectAgreement(on: Array(bytes[..<count]))
        }
    }

    @Test("Any byte in any place is either accepted by both or refused by both", arguments: frames)
    func everySubstitution(frame: String) {
        let original = Array(frame.utf8)
        let interesting = Array(#"{}[]:,"\ux09-+.eEtfn"#.utf8) + [0x00, 0x1F, 0x20, 0x0A, 0x7F, 0x80, 0xC3, 0xFF]
        for index in original.indices {
            for byte in interesting {
                var bytes = original
                bytes[index] = byte
                expectAgreement(on: bytes, "byte \(byte) at \(index)")
            }
        }
    }

    @Test("Thousands of random mutations trap nowhere", arguments: 0..<8 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            #"{"a":"#, #""\ud800""#, #""\u"#, "[[[[", "]]]]", "1e", "-", "nul", "\u{0}", #"\"#, "\"", ",,", "{}",
        ]
        for _ in 0..<1_000 {
            var bytes = Array(generator.pick(Self.frames).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(contentsOf: generator.pick(pieces).utf8, at: index)
                case 3: bytes.removeSubrange(index...)
                default: bytes.insert(contentsOf: bytes[index...].prefix(20), at: index)
                }
            }
            expectAgreement(on: bytes, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("Random bytes trap nowhere", arguments: 0..<4 as Range<UInt64>)
    func randomBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &+ 1_000)
        let alphabet = Array(#"{}[]:,"\u0019-+.eEtrufalsn "#.utf8)
        for round in 0..<1_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                round.isMultiple(of: 2) ? generator.pick(alphabet) : UInt8.random(in: .min ... .max, using: &generator)
            }
            expectAgreement(on: [UInt8(ascii: "{")] + bytes, "seed \(seed), round \(round)")
            expectAgreement(on: bytes, "seed \(seed), round \(round)")
        }
    }

    @Test("Params that are damaged are refused and change nothing", arguments: 0..<4 as Range<UInt64>)
    func damagedParams(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &+ 2_000)
        var document = ParamsDocument()
        _ = try document.merge(buffer(#"{"switch":"on","switches":[{"switch":"on","outlet":0}]}"#))
        let update = Array(#"[{"switches":[{"outlet":1,"switch":"off"}],"x":"\u0041"},{"switch":"off"}]"#.utf8)
        for _ in 0..<500 {
            var bytes = update
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...0x7F, using: &generator)
            var changed = document
            let isMerged =
                Result { () throws(ParamsError) in try changed.merge(ByteBuffer(bytes: bytes)) }.success != nil
            let isJSON = Result { () throws(JSONSyntaxError) in try JSON(parsing: bytes) }.success != nil

            #expect(isJSON || !isMerged)
            #expect(isMerged || changed == document)
            #expect(throws: Never.self) { try ParamsDocument(bytes: changed.bytes) }
        }
    }
}

extension Result {
    /// The value of a success.
    fileprivate var success: Success? {
        guard case .success(let value) = self else { return nil }
        return value
    }
}
