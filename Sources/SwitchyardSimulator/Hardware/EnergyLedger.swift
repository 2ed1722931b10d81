import CoolkitWire

/// What a meter has counted: today's energy, and a past of a hundred days that follows from chance.
struct EnergyLedger: Sendable, Hashable {
    static let dayCount = 100
    /// A hundredth of a kilowatt hour in hundredths of a watt times milliseconds.
    private static let unit: Int64 = 3_600_000_000

    /// Hundredths of a kilowatt hour on the days before, newest first.
    private var days: [Int] = []
    private var today: Int64 = 0
    private var dayNumber: Int64?
    /// Where the free-running counter began; `nil` while it does not run.
    private var counterStart: Int64?
    private var counted: Int64 = 0
    private var total: Int64 = 0

    /// Counts `power`, in hundredths of a watt, over `time`, and turns the page at midnight UTC.
    mutating func add(power: Int, over time: Duration, at wall: UnixTime, _ chance: inout SplitMix64) {
        if days.isEmpty { days = (1..<Self.dayCount).map { _ in Int.random(in: 0...499, using: &chance) } }
        let day = wall.seconds / 86_400
        if let dayNumber, day > dayNumber {
            days = [hundredthsToday] + days.prefix(Self.dayCount - 2)
            today = 0
        }
        dayNumber = day
        let work = Int64(power) * max(0, time.wholeMilliseconds)
        today += work
        total += work
    }

    /// Hundredths of a kilowatt hour since midnight UTC.
    var hundredthsToday: Int { Int(today / Self.unit) }

    /// Hundredths of a kilowatt hour since power-on.
    var hundredthsInTotal: Int { Int(total / Self.unit) }

    /// Hundredths of a kilowatt hour of the last days, today included.
    func hundredths(ofLastDays count: Int) -> Int { hundredthsToday + days.prefix(count - 1).reduce(0, +) }

    // MARK: The counter of one kWh

    mutating func startCounter() { counterStart = total }

    mutating func stopCounter() {
        counted = hundredthsCountedExactly
        counterStart = nil
    }

    /// Hundredths of a kilowatt hour since the counter was started, up to when it was stopped.
    var hundredthsCounted: Int { Int(hundredthsCountedExactly / Self.unit) }

    private var hundredthsCountedExactly: Int64 { counterStart.map { total - $0 } ?? counted }

    // MARK: Histories

    /// 600 hexadecimal characters, 6 a day, newest first: a byte of whole kWh, then two decimal digits in a byte each.
    ///
    /// Source: `uiid-catalogue.md` §5: `190101` is 25.11.
    var hundredDays: String {
        ([hundredthsToday] + days).map { day in
            (day / 100).hexadecimalByte + "0\(day / 10 % 10)" + "0\(day % 10)"
        }.joined()
    }

    /// Four characters a day, newest first: a hexadecimal byte of whole kWh, then two decimal digits.
    ///
    /// Source: `uiid-catalogue.md` §5: `1234` is 18.34.
    var shortHistory: String {
        ([hundredthsToday] + days).map { day in
            (day / 100).hexadecimalByte + "\(day / 10 % 10)\(day % 10)"
        }.joined()
    }

    /// The same form for the hours from `start` to `end` before now: an even share of their day.
    func hours(from start: Int, to end: Int) -> String {
        let all = [hundredthsToday] + days
        return (start..<end).map { hour in
            let share = all[Swift.min(hour / 24, all.count - 1)] / 24
            return (share / 100).hexadecimalByte + "\(share / 10 % 10)\(share % 10)"
        }.joined()
    }
}

extension Int {
    /// Two lower-case hexadecimal digits; what is more than a byte is the greatest one.
    fileprivate var hexadecimalByte: String {
        let digits = String(Swift.min(Swift.max(self, 0), 255), radix: 16)
        return digits.count == 2 ? digits : "0" + digits
    }
}
