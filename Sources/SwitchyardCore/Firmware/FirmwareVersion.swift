/// The version of a firmware: numbers with points between them, compared as numbers.
///
/// `3.10.0` is newer than `3.9`, and `3.3` is the same as `3.3.0`. Source of the forms: `coolkit-v1-http.md` §6.2 (`3.0.1`),
/// `coolkit-device-side.md` §5 (`1000.2.917`).
package struct FirmwareVersion: Sendable, CustomStringConvertible {
    /// As it was written.
    package let text: String
    /// Without zeros at the end.
    private let numbers: [UInt64]

    package static let maximumBytes = 32
    private static let maximumNumbers = 8

    /// Nil for what is no version: then nobody can say what is newer.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= Self.maximumNumbers else { return nil }
        var numbers: [UInt64] = []
        for part in parts {
            guard part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = UInt64(part)
            else { return nil }
            numbers.append(number)
        }
        while numbers.last == 0 { numbers.removeLast() }
        self.text = text
        self.numbers = numbers
    }

    package var description: String { text }
}

extension FirmwareVersion: Comparable, Hashable {
    package static func == (left: FirmwareVersion, right: FirmwareVersion) -> Bool { left.numbers == right.numbers }

    package static func < (left: FirmwareVersion, right: FirmwareVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(numbers) }
}
