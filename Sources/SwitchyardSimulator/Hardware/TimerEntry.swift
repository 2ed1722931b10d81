import CoolkitWire

/// One enabled timer of the `timers` param.
///
/// Source: `coolkit-websocket.md` §9.
struct TimerEntry: Sendable {
    /// One run of a timer.
    struct Occurrence: Sendable {
        let at: UnixTime
        let params: JSONObject
    }

    private enum Schedule: Sendable {
        case once(UnixTime)
        /// Minute of the day, UTC, on these weekdays, 0 for Sunday.
        case repeated(minute: Int64, weekdays: Set<Int64>)
        /// From `start` on, every `period` ms, and the end action `length` ms later.
        case duration(start: UnixTime, period: Int64, length: Int64?)
    }

    private let schedule: Schedule
    private let action: JSONObject
    private let endAction: JSONObject

    /// Reads an element of the array; `nil` when it is switched off or not understood.
    ///
    /// - Parameter receivedAt: what a countdown with `period` but without `at` counts from.
    init?(_ timer: JSON, receivedAt: UnixTime) {
        guard timer["enabled"]?.intValue == 1 else { return nil }
        let words = (timer["at"]?.stringValue ?? "").split(separator: " ")
        switch timer["type"]?.stringValue {
        case "once":
            let counted = timer["period"]?.intValue.flatMap { minutes in
                (0...1_000_000).contains(minutes) ? receivedAt.advanced(by: .seconds(minutes * 60)) : nil
            }
            guard let at = words.first.flatMap({ UnixTime(iso8601: $0) }) ?? counted else { return nil }
            schedule = .once(at)
        case "repeat":
            guard let (minute, weekdays) = Self.cron(words) else { return nil }
            schedule = .repeated(minute: minute, weekdays: weekdays)
        case "duration":
            guard let duration = Self.duration(words) else { return nil }
            schedule = duration
        default: return nil
        }
        action = (timer["startDo"] ?? timer["do"])?.objectValue ?? [:]
        endAction = timer["endDo"]?.objectValue ?? [:]
    }

    var runsOnce: Bool { if case .once = schedule { true } else { false } }

    /// The first run later than `moment`.
    func next(after moment: UnixTime) -> Occurrence? {
        switch schedule {
        case .once(let at):
            return at > moment ? Occurrence(at: at, params: action) : nil
        case .repeated(let minute, let weekdays):
            let today = moment.seconds / 86_400
            for day in today...(today + 7) where weekdays.contains((day + 4) % 7) {
                let at = UnixTime(seconds: day * 86_400 + minute * 60)
                if at > moment { return Occurrence(at: at, params: action) }
            }
            return nil
        case .duration(let start, let period, let length):
            let begin = Self.next(from: start.milliseconds, every: period, after: moment.milliseconds)
            let first = Occurrence(at: UnixTime(milliseconds: begin), params: action)
            guard let length else { return first }
            let end = Self.next(from: start.milliseconds + length, every: period, after: moment.milliseconds)
            guard end < begin else { return first }
            return Occurrence(at: UnixTime(milliseconds: end), params: endAction)
        }
    }

    private static func next(from start: Int64, every period: Int64, after moment: Int64) -> Int64 {
        guard moment >= start else { return start }
        return start + ((moment - start) / period + 1) * period
    }

    /// `m h * * d,d`: only minute, hour and weekday.
    private static func cron(_ words: [Substring]) -> (minute: Int64, weekdays: Set<Int64>)? {
        guard words.count == 5, let minute = Int64(words[0]), let hour = Int64(words[1]), (0..<60).contains(minute),
            (0..<24).contains(hour)
        else { return nil }
        guard words[4] != "*" else { return (hour * 60 + minute, Set(0..<7)) }
        let days = words[4].split(separator: ",").compactMap { Int64($0) }.filter { (0...7).contains($0) }
        return days.isEmpty ? nil : (hour * 60 + minute, Set(days.map { $0 % 7 }))
    }

    /// `ISO B` or `ISO B C`: start, every B minutes, end action C minutes later, C < B.
    private static func duration(_ words: [Substring]) -> Schedule? {
        guard words.count == 2 || words.count == 3, let start = UnixTime(iso8601: words[0]),
            let period = Int64(words[1]), (1...1_000_000).contains(period)
        else { return nil }
        guard words.count == 3 else { return .duration(start: start, period: period * 60_000, length: nil) }
        guard let length = Int64(words[2]), (1..<period).contains(length) else { return nil }
        return .duration(start: start, period: period * 60_000, length: length * 60_000)
    }
}

extension UnixTime {
    /// Reads `2023-11-14T22:20:00.000Z`, with or without seconds and milliseconds.
    init?(iso8601 text: some StringProtocol) {
        guard text.last == "Z" else { return nil }
        let halves = text.dropLast().split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
        let clock = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        guard date.count == 3, (1970...9_999).contains(date[0]), (1...12).contains(date[1]), (1...31).contains(date[2]),
            (2...3).contains(clock.count), let hour = Int64(clock[0]), let minute = Int64(clock[1]),
            (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        let seconds = clock.count == 3 ? Double(clock[2]) ?? -1 : 0
        guard (0..<61).contains(seconds) else { return nil }
        let minutes = (Self.days(year: date[0], month: date[1], day: date[2]) * 24 + hour) * 60 + minute
        self.init(milliseconds: minutes * 60_000 + Int64((seconds * 1_000).rounded()))
    }

    /// Days since 1970-01-01; years begin in March, so that the leap day is the last of its year.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let marchMonth = (month + 9) % 12
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        return marchYear * 365 + leapDays + (marchMonth * 153 + 2) / 5 + day - 719_469
    }
}
