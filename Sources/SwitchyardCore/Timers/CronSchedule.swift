package import CoolkitWire

/// When a `repeat` timer is due: minute, hour and weekday in UTC.
///
/// The form is `m h * * d,d`, 0 = Sunday. Each of the three may be a list or `*`; 7 is Sunday, too. Days of the month, months,
/// ranges and steps are not part of the protocol. Source: `coolkit-websocket.md` §9.
package struct CronSchedule: Hashable, Sendable {
    /// One bit for each value that fits.
    private let minutes: UInt64
    private let hours: UInt64
    private let weekdays: UInt64

    private static let minutesPerDay: Int64 = 1_440
    /// 1970-01-01 was a Thursday.
    private static let weekdayOfEpoch: Int64 = 4

    /// Nil for anything but this form.
    package init?(_ text: String) {
        let fields = text.split(separator: " ")
        guard fields.count == 5, fields[2] == "*", fields[3] == "*",
            let minutes = Self.bits(fields[0], upTo: 59), let hours = Self.bits(fields[1], upTo: 23),
            var weekdays = Self.bits(fields[4], upTo: 7)
        else { return nil }
        if weekdays & 1 << 7 != 0 { weekdays |= 1 }
        self.minutes = minutes
        self.hours = hours
        self.weekdays = weekdays
    }

    private static func bits(_ field: Substring, upTo maximum: Int) -> UInt64? {
        if field == "*" { return UInt64.max }
        var bits: UInt64 = 0
        for text in field.split(separator: ",", omittingEmptySubsequences: false) {
            guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }),
                let value = Int(text), value <= maximum
            else { return nil }
            bits |= 1 << value
        }
        return bits
    }

    /// The first whole minute after `time` that fits: there is one within eight days.
    package func next(after time: UnixTime) -> UnixTime {
        let first = Self.floor(time.milliseconds, by: 60_000) + 1
        let firstDay = Self.floor(first, by: Self.minutesPerDay)
        for day in firstDay...firstDay + 7 where fits(day: day) {
            let start = day == firstDay ? first - firstDay * Self.minutesPerDay : 0
            for minute in start..<Self.minutesPerDay where fits(minuteOfDay: minute) {
                return UnixTime(milliseconds: (day * Self.minutesPerDay + minute) * 60_000)
            }
        }
        preconditionFailure("a schedule that was read fits some minute of each week")
    }

    private func fits(day: Int64) -> Bool {
        let weekday = day + Self.weekdayOfEpoch
        return weekdays >> (weekday - Self.floor(weekday, by: 7) * 7) & 1 != 0
    }

    private func fits(minuteOfDay minute: Int64) -> Bool {
        hours >> (minute / 60) & 1 != 0 && minutes >> (minute % 60) & 1 != 0
    }

    /// The quotient that is not greater than the exact one.
    private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
