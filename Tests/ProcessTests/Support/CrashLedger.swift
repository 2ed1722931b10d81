import CoolkitWire
import SwitchyardSimulator
import Synchronization
import TestSupport

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
        var isToggling = true
        var standing = 0
        /// Whether the end of the round waits for something of each kind, and whether it has come.
        var needsEachKind = false
        var isOver = false

        var hasEachKind: Bool {
            CrashLedger.kinds.allSatisfy { counts[$0, default: 0] > 0 }
                && contents.sharings[CrashActors.sharedOnSocket]?.acknowledged == true
        }
    }

    static let logIn = "log-in"
    /// What else the machine has to do may hold the load up: a round of it takes seconds on one that does nothing else.
    private static let patience = Duration.seconds(300)
    /// What a load is made of.
    static let kinds = [
        logIn, "refresh", "addition", "report", "share", "name", "firmware", "group", "thing group", "child",
    ]

    private let state: Mutex<State>
    private let kill = Inbox<Void>(capacity: 1)
    private let stand = Inbox<Void>(capacity: 1)

    init(_ contents: Contents = Contents()) { state = Mutex(State(contents: contents)) }

    var contents: Contents { state.withLock { $0.contents } }
    var isKilled: Bool { state.withLock { $0.isKilled } }
    /// How many acknowledgements of each kind there were.
    var counts: [String: Int] { state.withLock { $0.counts } }
    /// Each kind of acknowledgement and how many there were.
    var summary: String {
        counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
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
            guard !state.isOver, state.untilKill <= 0, !state.needsEachKind || state.hasEachKind else { return false }
            state.isOver = true
            return true
        }
        if isMoment { _ = kill.deliver(()) }
    }

    /// A request was refused: it may have happened nevertheless, as one that was not answered.
    func refused() { state.withLock { $0.refusals += 1 } }

    /// Whether what goes to and fro may go on.
    var isToggling: Bool { state.withLock { $0.isToggling } }

    /// One of those who write what goes to and fro has stopped.
    func stands() {
        let isLast = state.withLock { state in
            state.standing += 1
            return !state.isToggling && state.standing == CrashLoad.toggling
        }
        if isLast { _ = stand.deliver(()) }
    }

    /// Lets what goes to and fro come to a stand, all of it acknowledged, while the other clients go on.
    func waitForStand() async throws {
        state.withLock { $0.isToggling = false }
        try await withDeadline(Self.patience, waitingFor: "refreshes, shares and groups to stand still") { [stand] in
            try await stand.next { true }
        }
    }

    /// What a copy may hold that was begun when `known` was all that had been acknowledged, and has ended by now.
    func contents(since known: Contents) -> Contents {
        var contents = contents
        contents.tokensSeen = 0
        contents.accessTokens = known.accessTokens
        contents.addedDevices = known.addedDevices
        contents.addedChildren = known.addedChildren
        contents.addedFirmware = known.addedFirmware
        for name in contents.numbers.keys {
            contents.numbers[name]?.acknowledged = known.numbers[name]?.acknowledged ?? 0
        }
        return contents
    }

    /// A new round begins, which ends so many acknowledgements after its first log-in.
    ///
    /// - Parameter ofEachKind: whether it goes on until there was something of each kind, and a share on the socket.
    func begin(acknowledgements: Int, ofEachKind: Bool = false) {
        state.withLock { state in
            state.untilKill = acknowledgements
            state.needsEachKind = ofEachKind
            (state.isCounting, state.isKilled, state.isOver) = (false, false, false)
        }
    }

    /// Waits for the end of the round.
    ///
    /// - Parameter livesOn: whether the server does, and its clients with it; else they are not surprised when it breaks off.
    func waitForMoment(livesOn: Bool = false) async throws {
        do {
            try await withDeadline(Self.patience, waitingFor: "enough acknowledgements") { [kill] in
                try await kill.next { true }
            }
        } catch let error as SimulatorError where error.code == .timedOut {
            throw TestFailure("\(error); there were \(summary)")
        }
        state.withLock { $0.isKilled = !livesOn }
    }
}
