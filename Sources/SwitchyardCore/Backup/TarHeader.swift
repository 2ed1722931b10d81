/// The header of one member of a backup, which is a tar archive; there is one form of it for each name, size and time.
///
/// Source: POSIX.1-2017, `pax`, "ustar Interchange Format". Sizes from 8 GiB on are binary, as GNU tar writes and reads them.
struct TarHeader: Hashable, Sendable {
    /// Headers and contents fill blocks of this.
    static let blockBytes = 512

    let name: String
    let byteCount: Int
    let unixSeconds: Int

    private static let nameBytes = 100
    private static let sizes = 124..<136
    private static let times = 136..<148
    private static let largestOctal = 0o77_777_777_777

    init(name: String, byteCount: Int, unixSeconds: Int) {
        precondition(name.utf8.count < Self.nameBytes, "no member has so long a name")
        self.name = name
        self.byteCount = byteCount
        self.unixSeconds = min(max(0, unixSeconds), Self.largestOctal)
    }

    /// Reads a header; nil unless it is to the bit what `bytes` makes of the same facts.
    init?(_ block: [UInt8]) {
        guard block.count == Self.blockBytes else { return nil }
        let name = block[..<Self.nameBytes].prefix { $0 != 0 }
        guard let text = String(validating: name, as: UTF8.self), !text.isEmpty, name.count < Self.nameBytes,
            let size = Self.number(block[Self.sizes]), let time = Self.number(block[Self.times])
        else { return nil }
        self.init(name: text, byteCount: size, unixSeconds: time)
        guard bytes == block else { return nil }
    }

    var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockBytes)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        put(name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        block.replaceSubrange(Self.sizes, with: Self.field(byteCount))
        block.replaceSubrange(Self.times, with: Self.field(unixSeconds))
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(Self.octal(sum, digits: 6) + "\u{0} ", at: 148)
        return block
    }

    /// What follows contents of this length to the end of their last block.
    static func padding(after byteCount: Int) -> Int { (blockBytes - byteCount % blockBytes) % blockBytes }

    private static func field(_ number: Int) -> [UInt8] {
        if number <= largestOctal { return Array(octal(number, digits: 11).utf8) + [0] }
        return [0x80, 0, 0, 0] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }

    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if field.first == 0x80 {
            let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value)
        }
        return String(validating: field.dropLast(), as: UTF8.self).flatMap { Int($0, radix: 8) }
            .flatMap { $0 >= 0 ? $0 : nil }
    }
}
