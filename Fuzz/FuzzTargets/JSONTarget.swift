import CoolkitWire
import Foundation
import NIOCore

extension FuzzTarget {
    /// The parser takes what Foundation takes, and what it took survives being written and read again.
    static let json = FuzzTarget(name: "json", maximumBytes: 4_096) { bytes in
        let foundation = FoundationJSON(bytes)
        let value: JSON
        do throws(JSONSyntaxError) {
            value = try JSON(parsing: bytes)
        } catch {
            try require((0...bytes.count).contains(error.offset), "an error stands at \(error.offset)")
            // It allows 512 levels where this parser allows 32.
            guard error.reason != .tooDeep, foundation.isComparable else { return }
            return try require(!foundation.accepts || bytes.hasTrailingComma, "Foundation takes it: \(error)")
        }
        if foundation.isComparable, hasPlainNumbers(value) {
            try require(foundation.accepts, "Foundation refuses \(value.text)")
        }
        try checkWriting(of: value)
        try checkUniqueMembers(of: value, from: bytes)
    }

    private static func checkWriting(of value: JSON) throws {
        let written = value.buffer
        let again = try JSON(parsing: written)
        try require(again == value, "written and read again it is \(again.text)")
        try require(again.buffer == written, "written twice it differs")
        try require(numbers(in: again) == numbers(in: value), "a number is spelled otherwise")
    }

    /// Refusing double members changes nothing but that.
    private static func checkUniqueMembers(of value: JSON, from bytes: UnsafeRawBufferPointer) throws {
        do {
            let strict = try JSON(parsing: bytes, uniqueMembers: true)
            try require(strict == value, "without double members it is \(strict.text)")
        } catch let error as JSONSyntaxError {
            try require(error.reason == .duplicateMember, "refused for another reason: \(error)")
        }
    }

    private static func numbers(in value: JSON) -> [String] {
        switch value {
        case .number(let number): [number.text]
        case .array(let elements): elements.flatMap(numbers)
        case .object(let object): object.flatMap { numbers(in: $0.value) }
        case .null, .bool, .string: []
        }
    }

    /// Whether all numbers are of a size that no parser stumbles over.
    private static func hasPlainNumbers(_ value: JSON) -> Bool {
        numbers(in: value).allSatisfy { $0.utf8.count <= 15 && !$0.contains { $0 == "e" || $0 == "E" } }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a comma stands before a closing bracket: Foundation takes `[1,]`, against RFC 8259 §5.
    fileprivate var hasTrailingComma: Bool {
        var last: UInt8 = 0
        for byte in self where byte > 0x20 {
            if last == UInt8(ascii: ","), byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { return true }
            last = byte
        }
        return false
    }
}

/// What Foundation says to the same bytes.
private struct FoundationJSON {
    let accepts: Bool
    /// Foundation guesses UTF-16 and UTF-32 from zero bytes and byte order marks, and drops the mark of UTF-8; here all
    /// of that is refused, as RFC 8259 §8.1 allows.
    let isComparable: Bool

    init(_ bytes: UnsafeRawBufferPointer) {
        isComparable = !bytes.prefix(4).contains { $0 == 0 || $0 >= 0xEF }
        accepts =
            isComparable && (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }
}
