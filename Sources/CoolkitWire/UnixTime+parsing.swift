extension UnixTime {
    /// Reads ISO 8601 in UTC: `2023-11-14T22:13:22.000Z`, seconds and fraction of a second optional.
    ///
    /// Source: `coolkit-websocket.md` §9 (`at` of a timer).
    package init?(iso8601 text: String) {
        var reader = ISO8601Reader(bytes: Array(text.utf8))
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2),
            reader.skip("-"), let day = reader.number(digits: 2), reader.skip("T"),
            let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2)
        else { return nil }
        guard let (second, millisecond) = reader.secondOfMinute(), reader.skip("Z"), reader.isAtEnd else { return nil }
        guard (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let days = Self.daysSinceEpoch(year: year, month: month, day: day)
        self.init(milliseconds: ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + millisecond)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The inverse of the era arithmetic with which dates are written; years are 0 to 9999.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// Walks over the bytes of a date.
private struct ISO8601Reader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    /// Exactly so many digits.
    mutating func number(digits: Int) -> Int64? {
        guard position + digits <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[position..<position + digits] {
            guard byte &- JSONByte.zero <= 9 else { return nil }
            value = value * 10 + Int64(byte - JSONByte.zero)
        }
        position += digits
        return value
    }

    mutating func skip(_ mark: Character) -> Bool {
        guard position < bytes.count, bytes[position] == mark.asciiValue else { return false }
        position += 1
        return true
    }

    /// Seconds and milliseconds, both zero when they are left out.
    mutating func secondOfMinute() -> (Int64, Int64)? {
        guard skip(":") else { return (0, 0) }
        guard let second = number(digits: 2) else { return nil }
        guard skip(".") else { return (second, 0) }
        let digits = bytes[position...].prefix { $0 &- JSONByte.zero <= 9 }
        guard (1...9).contains(digits.count) else { return nil }
        position += digits.count
        let millisecond = (digits + [JSONByte.zero, JSONByte.zero]).prefix(3)
            .reduce(into: Int64(0)) { $0 = $0 * 10 + Int64($1 - JSONByte.zero) }
        return (second, millisecond)
    }
}
