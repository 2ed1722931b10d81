import CoolkitWire

/// The reports of OPL firmware: one is under way at a time, and done by an answer with error 0 and its `d_seq` only.
///
/// One without such an answer is repeated once, the last one in the queue twice, then dropped. Source:
/// `coolkit-device-side.md` §5, OPL answer handling.
struct ReportQueue: Sendable {
    /// The most reports that wait; beyond that the oldest that is not under way is dropped.
    static let capacity = 32
    /// How long an answer may take.
    static let answerLimit = Duration.seconds(40)

    private var waiting: [JSONObject] = []
    private var repeats = 0

    /// Takes a report, and gives it back when it can go out now.
    mutating func add(_ report: JSONObject) -> JSONObject? {
        waiting.append(report)
        guard waiting.count > 1 else {
            repeats = 0
            return report
        }
        if waiting.count > Self.capacity { waiting.remove(at: 1) }
        return nil
    }

    /// True if the answer is the one that the report under way waits for.
    mutating func isDone(by answer: JSONObject) -> Bool {
        guard let sequence = waiting.first?["d_seq"], answer["d_seq"] == sequence else { return false }
        waiting.removeFirst()
        repeats = 0
        return true
    }

    /// The report under way.
    var current: JSONObject? { waiting.first }

    /// No answer came: what to send now, be it the same again or the next one.
    mutating func timedOut() -> JSONObject? {
        guard !waiting.isEmpty else { return nil }
        guard repeats < (waiting.count == 1 ? 2 : 1) else {
            waiting.removeFirst()
            repeats = 0
            return waiting.first
        }
        repeats += 1
        return waiting.first
    }

    /// The connection is gone: the next one begins with a full report.
    mutating func clear() { waiting = [] }
}

extension DeviceBehaviour {
    /// Sends a report of the device, or lets it wait for its turn.
    mutating func sendReport(_ message: JSONObject) -> [DeviceAction] {
        guard firmware == .opl else { return outgoing(message) }
        return send(reports.add(message))
    }

    /// Goes on after an answer, if it is the one to the report under way.
    mutating func reportAnswered(_ answer: JSONObject) -> [DeviceAction] {
        guard firmware == .opl, reports.isDone(by: answer) else { return [] }
        timers.disarm(.report)
        return send(reports.current)
    }

    mutating func reportTimedOut() -> [DeviceAction] { send(reports.timedOut()) }

    private mutating func send(_ report: JSONObject?) -> [DeviceAction] {
        guard let report else { return [] }
        return outgoing(report) + [arm(.report, after: ReportQueue.answerLimit)]
    }
}
