import CoolkitWire
import SwitchyardSimulator
import Synchronization

/// What clients asked for and what was acknowledged to them, across the crashes of a server.
final class CrashLedger: Sendable {
    /// Something that is written again and again, each time with a higher number: the reports of a device, a name.
    struct Numbers: Sendable {
        var sent = 0
        var acknowledged = 0
    }

    /// Something that is now so and now so: whether a device is shared, or in a group.
    struct Toggle: Sendable {
        var acknowledged = false
        /// What was asked for and not answered.
        var requested: Bool?
    }

    struct Contents: Sendable {
        /// Of the log-ins that were acknowledged: nothing ends these sessions.
        var accessTokens: [String] = []
        /// So many of them, from the first, were seen after a crash.
        var tokensSeen = 0
        /// The pair that the last acknowledged refresh gave.
        var pair: (access: String, refresh: String)?
        /// Whether a refresh was asked for that was not answered.
        var isRefreshing = false
        /// Superseded by an acknowledged refresh.
        var supersededTokens: [String] = []
        /// Devices that were asked for, and those of them that were acknowledged.
        var requestedDevices: Set<DeviceID> = []
        var addedDevices: Set<DeviceID> = []
        /// By what they are of.
        var numbers: [String: Numbers] = [:]
        var sharings: [DeviceID: Toggle] = [:]
        /// By what they are of.
        var toggles: [String: Toggle] = [:]
        /// The ids of the groups that come and go, as far as they are known.
        var madeGroups: [String: String] = [:]
        /// Sub-devices that were listed, and those of the lists that were acknowledged.
        var requestedChildren: Set<DeviceID> = []
        var addedChildren: Set<DeviceID> = []
        /// Versions of firmware that were asked for, and those of them that were acknowledged.
        var requestedFirmware = 0
        var addedFirmware: Set<Int> = []
    }

    private struct State {
        var contents = Contents()
        var untilKill = Int.max
        var isCounting = false
        var isKilled = false
        var counts: [String: Int] = [:]
        var refusals = 0
    }

    static let logIn = "log-in"
    /// What a load is made of.
    static let kinds = [
        logIn, "refresh", "addition", "report", "share", "name", "firmware", "group", "thing group", "child",
    ]

    private let state = Mutex(State())
    private let kill = Inbox<Void>(capacity: 1)

    var contents: Contents { state.withLock { $0.contents } }
    var isKilled: Bool { state.withLock { $0.isKilled } }
    /// How many acknowledgements of each kind there were.
    var counts: [String: Int] { state.withLock { $0.counts } }
    /// How many requests were refused.
    var refusals: Int { state.withLock { $0.refusals } }

    /// A request leaves, or what became of it has been found out.
    func note(_ change: (inout Contents) -> Void) { state.withLock { change(&$0.contents) } }

    /// The next number of `name` is about to be sent.
    func nextNumber(of name: String) -> Int {
        state.withLock { state in
            state.contents.numbers[name, default: Numbers()].sent += 1
            return state.contents.numbers[name]?.sent ?? 0
        }
    }

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

    /// A request was refused: it may have happened nevertheless, as one that was not answered.
    func refused() { state.withLock { $0.refusals += 1 } }

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
