/// A moment of wall time in milliseconds since 1970, UTC.
package struct UnixTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Takes seconds, which a peer may have sent: what is beyond the range becomes its end.
    package init(seconds: Int64) {
        let (product, hasOverflown) = seconds.multipliedReportingOverflow(by: 1_000)
        milliseconds = hasOverflown ? (seconds < 0 ? .min : .max) : product
    }

    package var seconds: Int64 { milliseconds / 1_000 }

    package static func < (left: UnixTime, right: UnixTime) -> Bool { left.milliseconds < right.milliseconds }

    package func advanced(by duration: Duration) -> UnixTime {
        UnixTime(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    /// `2023-11-14T22:13:22.000Z`: ISO 8601 with milliseconds, the only form clients parse.
    ///
    /// The form has room for the years 0 to 9999; moments outside become the first or last one within.
    package var iso8601: String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            writeISO8601(into: buffer)
            return 24
        }
    }

    package var description: String { iso8601 }

    /// The first and last moment that have an ISO 8601 form of 24 characters.
    private static let writableMilliseconds: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// Writes the 24 bytes of the ISO 8601 form.
    private func writeISO8601(into bytes: UnsafeMutableBufferPointer<UInt8>) {
        let range = Self.writableMilliseconds
        let (days, millisecondOfDay) = min(max(milliseconds, range.lowerBound), range.upperBound)
            .quotientAndRemainderFloored(dividingBy: 86_400_000)
        let date = CivilDate(daysSinceEpoch: days)
        var position = 0
        func put(_ value: Int64, width: Int, then separator: Character) {
            var rest = value
            for index in stride(from: position + width - 1, through: position, by: -1) {
                bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            bytes[position + width] = separator.asciiValue ?? UInt8(ascii: "?")
            position += width + 1
        }
        put(date.year, width: 4, then: "-")
        put(date.month, width: 2, then: "-")
        put(date.day, width: 2, then: "T")
        put(millisecondOfDay / 3_600_000, width: 2, then: ":")
        put(millisecondOfDay / 60_000 % 60, width: 2, then: ":")
        put(millisecondOfDay / 1_000 % 60, width: 2, then: ".")
        put(millisecondOfDay % 1_000, width: 3, then: "Z")
    }
}

/// A day of the proleptic Gregorian calendar, from the number of days since 1970-01-01.
private struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    /// The usual era arithmetic: years begin in March, so that the leap day is the last of its year.
    init(daysSinceEpoch: Int64) {
        let (era, dayOfEra) = (daysSinceEpoch + 719_468).quotientAndRemainderFloored(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity, so that the remainder is never negative.
    fileprivate func quotientAndRemainderFloored(dividingBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
