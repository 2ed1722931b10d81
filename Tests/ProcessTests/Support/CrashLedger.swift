import CoolkitWire
import SwitchyardSimulator
import Synchronization

/// What clients asked for and what was acknowledged to them, across the crashes of a server.
final class CrashLedger: Sendable {
    /// The reports of one device: each has a higher number than the one before.
    struct Reports: Sendable {
        var sent = 0
        var acknowledged = 0
    }

    struct Contents: Sendable {
        /// Of the log-ins that were acknowledged: nothing ends these sessions.
        var accessTokens: [String] = []
        /// The pair that the last acknowledged refresh gave.
        var pair: (access: String, refresh: String)?
        /// Whether a refresh was asked for that was not answered.
        var isRefreshing = false
        /// Superseded by an acknowledged refresh.
        var supersededTokens: [String] = []
        /// Devices that were asked for, and those of them that were acknowledged.
        var requestedDevices: Set<DeviceID> = []
        var addedDevices: Set<DeviceID> = []
        var reports: [DeviceID: Reports] = [:]
    }

    private struct State {
        var contents = Contents()
        var untilKill = Int.max
        var isCounting = false
        var isKilled = false
        var counts: [String: Int] = [:]
    }

    static let logIn = "log-in"

    private let state = Mutex(State())
    private let kill = Inbox<Void>(capacity: 1)

    var contents: Contents { state.withLock { $0.contents } }
    var isKilled: Bool { state.withLock { $0.isKilled } }
    /// How many acknowledgements of each kind there were.
    var counts: [String: Int] { state.withLock { $0.counts } }

    /// A request leaves.
    func requested(_ change: (inout Contents) -> Void) { state.withLock { change(&$0.contents) } }

    /// A request was acknowledged.
    func acknowledged(_ kind: String, _ change: (inout Contents) -> Void) {
        let isMoment = state.withLock { state in
            change(&state.contents)
            state.counts[kind, default: 0] += 1
            // A log-in takes its time: without one there would be no round in which one is under way.
            if kind == Self.logIn { state.isCounting = true }
            if state.isCounting { state.untilKill -= 1 }
            return state.untilKill == 0
        }
        if isMoment { _ = kill.deliver(()) }
    }

    /// A new round begins, which ends so many acknowledgements after its first log-in.
    func begin(acknowledgements: Int) {
        state.withLock { state in
            state.untilKill = acknowledgements
            (state.isCounting, state.isKilled) = (false, false)
        }
    }

    func waitForMoment() async throws {
        try await withDeadline(.seconds(60), waitingFor: "enough acknowledgements") { [kill] in
            try await kill.next { true }
        }
        state.withLock { $0.isKilled = true }
    }
}
