import CoolkitWire
import Synchronization

/// What waits to be worked on, in the order of each account, the accounts in turn.
///
/// So nobody waits for more than one job of each other account, and none is refused for what strangers have handed in, unless so many
/// accounts do so at once that memory has to be bounded.
final class ShareQueue<Job: Sendable>: Sendable {
    /// More jobs of one account than this do not wait.
    static var limitPerAccount: Int { 64 }
    /// More jobs than this do not wait in all.
    static var limit: Int { 4_096 }

    private struct State {
        var jobs: [AccountID: [Job]] = [:]
        /// Each account that has jobs, once.
        var turns: [AccountID] = []
        var count = 0
        var isFinished = false
    }

    /// Tells, once for any number, that jobs have come; ends with the queue.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init() { (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Adds a job behind the others of its account; false when there is no place.
    ///
    /// - Parameter endsAccess: it takes a right away: then there are as many places again.
    func add(_ job: Job, of account: AccountID, endsAccess: Bool = false) -> Bool {
        let factor = endsAccess ? 2 : 1
        let isAdded = state.withLock { state in
            let own = state.jobs[account]?.count ?? 0
            guard !state.isFinished, own < factor * Self.limitPerAccount, state.count < factor * Self.limit else {
                return false
            }
            if own == 0 { state.turns.append(account) }
            state.jobs[account, default: []].append(job)
            state.count += 1
            return true
        }
        if isAdded { arrival.yield() }
        return isAdded
    }

    /// The next job, of the account whose turn it is.
    func take() -> Job? {
        state.withLock { state in
            guard !state.turns.isEmpty else { return nil }
            let account = state.turns.removeFirst()
            let job = state.jobs[account]?.removeFirst()
            state.count -= 1
            if state.jobs[account]?.isEmpty == true {
                state.jobs[account] = nil
            } else {
                state.turns.append(account)
            }
            return job
        }
    }

    /// Nothing more is taken; what waits can still be worked on.
    func finish() {
        state.withLock { $0.isFinished = true }
        arrival.finish()
    }
}
