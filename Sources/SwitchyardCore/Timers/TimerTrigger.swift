package import CoolkitWire

/// When a timer is due, and which of its two ends it is then.
///
/// Source: `coolkit-websocket.md` §9, the table of fields.
package enum TimerTrigger: Hashable, Sendable {
    /// `once`, and `delay`, whose end the app has worked out.
    case once(UnixTime)
    /// `repeat`.
    case cron(CronSchedule)
    /// `duration`: from `start` on every so many minutes; the end follows the beginning after so many.
    case duration(start: UnixTime, everyMinutes: Int64, endAfterMinutes: Int64?)

    /// What is due.
    package enum Phase: Hashable, Sendable {
        /// `do`, or `startDo`.
        case start
        /// `endDo`.
        case end
    }

    /// The first moment after `time` at which something is due; nil when nothing will be.
    package func next(after time: UnixTime) -> (time: UnixTime, phase: Phase)? {
        switch self {
        case .once(let moment): moment > time ? (moment, .start) : nil
        case .cron(let schedule): (schedule.next(after: time), .start)
        case .duration(let start, let every, let end): Self.next(after: time, start, every, end)
        }
    }

    private static func next(
        after time: UnixTime,
        _ start: UnixTime,
        _ everyMinutes: Int64,
        _ endAfterMinutes: Int64?
    ) -> (time: UnixTime, phase: Phase) {
        guard start <= time else { return (start, .start) }
        let period = everyMinutes * 60_000
        let began = start.milliseconds + (time.milliseconds - start.milliseconds) / period * period
        if let endAfterMinutes {
            let end = UnixTime(milliseconds: began + endAfterMinutes * 60_000)
            if end > time { return (end, .end) }
        }
        return (UnixTime(milliseconds: began + period), .start)
    }
}

extension TimerTrigger {
    /// The longest period a `duration` may have: a year.
    private static let maximumMinutes: Int64 = 527_040

    /// Reads `at` of a timer with this `type`; nil for what is malformed.
    init?(type: String, at text: String) {
        switch type {
        case "once":
            guard let time = UnixTime(iso8601: text) else { return nil }
            self = .once(time)
        case "repeat":
            guard let schedule = CronSchedule(text) else { return nil }
            self = .cron(schedule)
        case "duration":
            self.init(duration: text)
        default:
            return nil
        }
    }

    /// `ISO B` or `ISO B C`, C smaller than B.
    private init?(duration text: String) {
        let fields = text.split(separator: " ")
        guard (2...3).contains(fields.count), let start = UnixTime(iso8601: String(fields[0])),
            let every = Self.minutes(fields[1])
        else { return nil }
        guard fields.count == 3 else {
            self = .duration(start: start, everyMinutes: every, endAfterMinutes: nil)
            return
        }
        guard let end = Self.minutes(fields[2]), end < every else { return nil }
        self = .duration(start: start, everyMinutes: every, endAfterMinutes: end)
    }

    private static func minutes(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }), let minutes = Int64(text),
            (1...maximumMinutes).contains(minutes)
        else { return nil }
        return minutes
    }
}
