import CoolkitWire

/// The parameters of a query, read as leniently as clients write it: total, it never fails.
///
/// `%XX` is resolved where it is well-formed, `+` stays a plus, unencoded `|` and `,` are themselves, parts without `=` are
/// names without a value. Source: `coolkit-v1-http.md` §8, points 9 and 10.
struct QueryParameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// More parts than any client sends; the rest is not read.
    private static let maximumCount = 64

    init(_ query: String) {
        pairs = query.utf8.split(separator: UInt8(ascii: "&"), maxSplits: Self.maximumCount)
            .prefix(Self.maximumCount)
            .map { part in
                let sides = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                return (Self.decoded(sides[0]), sides.count > 1 ? Self.decoded(sides[1]) : "")
            }
    }

    /// The first value of the name that is not empty; the name in other case if it is not there as spelled.
    subscript(name: String) -> String? {
        let named = pairs.first { $0.name.utf8.elementsEqual(name.utf8) && !$0.value.isEmpty }
        if let named { return named.value }
        let lowercased = name.lowercased()
        return pairs.first { !$0.value.isEmpty && $0.name.lowercased().utf8.elementsEqual(lowercased.utf8) }?.value
    }

    /// The text with each well-formed `%XX` resolved.
    static func decoded(_ text: some Collection<UInt8>) -> String {
        guard text.contains(UInt8(ascii: "%")) else { return String(decoding: Array(text), as: UTF8.self) }
        let text = Array(text)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let high = hexadecimalValue(text[index + 1]), let low = hexadecimalValue(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
