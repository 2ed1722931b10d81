import Dispatch
import Synchronization

/// Who wants a password hashed.
package struct HashPlace: Hashable, Sendable {
    /// All of one lane wait for each other, and for those of other lanes in turn: the peer's network.
    let lane: String
    /// Ahead of strangers: whoever has shown already that an account or the server is theirs.
    let isFirst: Bool

    /// The operator, and what is hashed anew by the server itself.
    package static let own = HashPlace(lane: "", isFirst: true)
}

/// Passwords that wait to be hashed, one at a time.
///
/// A flood cannot keep others out: those who are known go before strangers, networks take turns, and when the queue is full the
/// newest of the network that has most in it makes room for one that has less.
final class HashQueue: Sendable {
    /// One of the two is called, once.
    struct Job: Sendable {
        let run: @Sendable () -> Void
        let refuse: @Sendable () -> Void
    }

    private struct State {
        var known = HashLanes()
        var strangers = HashLanes()
        var isRunning = false
        /// Known ones that were served in a row while strangers waited.
        var knownInRow = 0

        var count: Int { known.count + strangers.count + (isRunning ? 1 : 0) }
    }

    /// After this many known ones a stranger has his turn.
    private static let knownInRowLimit = 3

    private let limit: Int
    private let queue = DispatchQueue(label: "switchyard.passwords")
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Waits, or is refused at once; another may be refused for it.
    func enter(_ job: Job, in place: HashPlace) {
        let refused = state.withLock { state -> Job? in
            var refused: Job?
            if state.count >= limit {
                refused = makeRoom(for: place, in: &state)
                guard refused != nil else { return job }
            }
            if place.isFirst {
                state.known.append(job, to: place.lane)
            } else {
                state.strangers.append(job, to: place.lane)
            }
            return refused
        }
        refused?.refuse()
        // One for each that came in; of one that was refused since it finds nothing to do.
        queue.async { self.runNext() }
    }

    /// Takes out whoever has less right to wait; nil when nobody has.
    private func makeRoom(for place: HashPlace, in state: inout State) -> Job? {
        if place.isFirst {
            return state.strangers.dropNewest(above: 0)
                ?? state.known.dropNewest(above: state.known.count(of: place.lane) + 1)
        }
        return state.strangers.dropNewest(above: state.strangers.count(of: place.lane) + 1)
    }

    private func runNext() {
        let job = state.withLock { state -> Job? in
            let isStrangersTurn = state.known.count == 0 || state.knownInRow >= Self.knownInRowLimit
            let next =
                isStrangersTurn
                ? state.strangers.takeNext() ?? state.known.takeNext() : state.known.takeNext()
            state.knownInRow = isStrangersTurn || state.strangers.count == 0 ? 0 : state.knownInRow + 1
            state.isRunning = next != nil
            return next
        }
        guard let job else { return }
        job.run()
        state.withLock { $0.isRunning = false }
    }
}

/// Jobs by lane; the lanes take turns.
private struct HashLanes {
    private var jobs: [String: [HashQueue.Job]] = [:]
    /// Lanes that have jobs, next one first.
    private var turns: [String] = []
    private(set) var count = 0

    func count(of lane: String) -> Int { jobs[lane]?.count ?? 0 }

    mutating func append(_ job: HashQueue.Job, to lane: String) {
        if jobs[lane] == nil { turns.append(lane) }
        jobs[lane, default: []].append(job)
        count += 1
    }

    mutating func takeNext() -> HashQueue.Job? {
        guard !turns.isEmpty else { return nil }
        let lane = turns.removeFirst()
        var waiting = jobs[lane] ?? []
        let job = waiting.removeFirst()
        jobs[lane] = waiting.isEmpty ? nil : waiting
        if !waiting.isEmpty { turns.append(lane) }
        count -= 1
        return job
    }

    /// Takes the newest job of the longest lane, if that has more than `least`.
    mutating func dropNewest(above least: Int) -> HashQueue.Job? {
        guard let (lane, waiting) = jobs.max(by: { $0.value.count < $1.value.count }), waiting.count > least else {
            return nil
        }
        jobs[lane] = waiting.count > 1 ? Array(waiting.dropLast()) : nil
        if waiting.count == 1 { turns.removeAll { $0 == lane } }
        count -= 1
        return waiting.last
    }
}
