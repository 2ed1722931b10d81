import CoolkitWire
import NIOCore
import Synchronization

/// What a report by HTTPS did to a device.
struct SensorMerge: Sendable {
    /// The `d_seq` is that of the last report, and the readings are, too: a retry, which changes nothing.
    let isRepeated: Bool
    /// False when the state is already in the store as it is now.
    let needsSaving: Bool
    let entersHistory: Bool
    /// Set when the owner is to be told by a message.
    let notice: StateNotice?
    /// The device was taken for a sensor by this report: the facts have to be stored.
    let learnedFacts: Bool
    /// The report as apps hear of it: with the times that the server adds.
    let told: ByteBuffer
    /// Set when the device came online by this report.
    let presence: PresenceChange?
}

extension LiveDevice {
    /// The uiid of the sensors that report by HTTPS.
    ///
    /// Source: `uiid-catalogue.md` §6 (102, WiFi door sensor DW2).
    private static let sensorInterface = 102

    /// Merges a sensor's report, and lets it count as a sign of life.
    ///
    /// Nil when the device has been removed meanwhile. Throws when the state would be larger than 64 KiB; then nothing changed.
    func merge(_ report: SensorReport, from address: String, at time: UnixTime) throws(ParamsError) -> SensorMerge? {
        let result = state.withLock { state -> Result<SensorMerge?, ParamsError> in
            guard !state.isRemoved else { return .success(nil) }
            do throws(ParamsError) {
                if try Self.isRepeated(report, state: state) { return .success(repeated(report, state: state)) }
                return .success(try merge(report, into: &state, from: address, at: time))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Whether the report is a retry of the last one: the same `d_seq`, and nothing new in it.
    ///
    /// The sequence is the time in seconds, so a door that opens and closes at once reports twice with the same one.
    private static func isRepeated(_ report: SensorReport, state: State) throws(ParamsError) -> Bool {
        guard state.lastReport?.sequence == report.sequence else { return false }
        var params = state.params
        return try !params.merge(report.params)
    }

    private func repeated(_ report: SensorReport, state: State) -> SensorMerge {
        SensorMerge(
            isRepeated: true,
            needsSaving: state.revision != state.savedRevision,
            entersHistory: false,
            notice: nil,
            learnedFacts: false,
            told: report.params,
            presence: nil
        )
    }

    private func merge(
        _ report: SensorReport,
        into state: inout State,
        from address: String,
        at time: UnixTime
    ) throws(ParamsError) -> SensorMerge {
        let before = state.params
        var params = before
        let position = params.value(of: "switch")
        let hasChanged = try params.merge(report.params)
        let times = Self.times(
            at: time,
            hasActed: params.value(of: "actionTime") == nil || params.value(of: "switch") != position
        )
        _ = try params.merge(times)
        state.params = params
        state.lastReport = ReportMark(sequence: report.sequence, time: time)
        state.revision += 1
        let learnedFacts = state.device.guessInterface(Self.sensorInterface)
        let notice = NoticeProbe(state.device, before)?.notice(after: params)
        if state.link == nil { state.address = address }
        return SensorMerge(
            isRepeated: false,
            needsSaving: true,
            entersHistory: hasChanged && state.device.keepsHistory,
            notice: notice,
            learnedFacts: learnedFacts,
            told: try Self.told(report.params, with: times),
            presence: comeOnline(&state, at: time)
        )
    }

    private func comeOnline(_ state: inout State, at time: UnixTime) -> PresenceChange? {
        state.isOnlineByReport = true
        guard !state.isOnline else { return nil }
        state.isOnline = true
        state.onlineTime = time
        return presence(of: state, at: time)
    }

    /// The members that the server adds.
    ///
    /// Assumption: `lastUpdateTime` is the time of the last report and `actionTime` that of the last one with which the
    /// sensor's `switch` changed; a capture of a sensor's hourly report would settle it.
    private static func times(at time: UnixTime, hasActed: Bool) -> ByteBuffer {
        let action = hasActed ? #""actionTime":"\#(time.iso8601)","# : ""
        return ByteBuffer(string: #"{\#(action)"lastUpdateTime":"\#(time.iso8601)"}"#)
    }

    private static func told(_ params: ByteBuffer, with times: ByteBuffer) throws(ParamsError) -> ByteBuffer {
        var document = ParamsDocument()
        _ = try document.merge(params)
        _ = try document.merge(times)
        return document.buffer
    }

    // MARK: Presence

    /// At the start: a sensor that has reported after `time` counts as online, as it did before.
    func restorePresence(reportedAfter time: UnixTime) {
        state.withLock { state in
            guard let report = state.lastReport, report.time > time, report.time >= state.offlineTime ?? report.time
            else {
                return
            }
            state.isOnline = true
            state.isOnlineByReport = true
        }
    }

    /// Marks a sensor offline whose last report is not later than `limit`; nil when nothing changed.
    func reportLapsed(notLaterThan limit: UnixTime, at time: UnixTime) -> PresenceChange? {
        state.withLock { state in
            guard state.isOnlineByReport, state.lastReport.map({ $0.time <= limit }) ?? true else { return nil }
            guard state.link == nil, !state.awaitsReturn, state.isOnline else { return nil }
            state.isOnlineByReport = false
            state.isOnline = false
            state.offlineTime = time
            state.revision += 1
            return presence(of: state, at: time)
        }
    }
}
