/// What part of a file a request asks for.
///
/// Source: RFC 9110 §14; firmware asks in steps of 4096 bytes (`coolkit-device-side.md` §7).
enum ByteRange: Hashable {
    /// No range, one that is none, or several: all of it.
    case whole
    case part(Range<Int>)
    /// Nothing of the file is in it.
    case unsatisfiable

    /// Reads the value of `Range` for a file of `length` bytes.
    init(_ field: String?, length: Int) {
        guard let field, let mark = field.firstIndex(of: "="),
            field[..<mark].lowercased().filter({ $0 != " " }) == "bytes"
        else {
            self = .whole
            return
        }
        let ends = field[field.index(after: mark)...].filter { $0 != " " }
            .split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]) else {
            self = .whole
            return
        }
        self = Self.range(from: first, to: last, length: length)
    }

    private static func range(from first: Int?, to last: Int?, length: Int) -> ByteRange {
        switch (first, last) {
        case (nil, nil): return .whole
        case (nil, let count?):
            // The last so many bytes.
            return count == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - count)..<length)
        case (let first?, let last):
            if let last, last < first { return .whole }
            guard first < length else { return .unsatisfiable }
            return .part(first..<min(length - 1, last ?? length - 1) + 1)
        }
    }

    /// The number; `.some(nil)` for none, nil for what is no number.
    ///
    /// One that is too large is as good as the largest.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return .some(Int(text) ?? .max)
    }
}
