import Dispatch
import Synchronization

/// Runs the steps of a task up to a number, and holds the next one until it is released.
///
/// A step is what a task does between two waits, so that a test can stop it in any gap.
final class SteppedExecutor: TaskExecutor {
    private struct State {
        var stepsLeft: Int
        var held: [UnownedJob] = []
    }

    private let state: Mutex<State>

    init(steps: Int) { state = Mutex(State(stepsLeft: steps)) }

    /// Whether a step waits for its release.
    var isHolding: Bool { state.withLock { !$0.held.isEmpty } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mayRun = state.withLock { state in
            guard state.stepsLeft > 0 else {
                state.held.append(job)
                return false
            }
            state.stepsLeft -= 1
            return true
        }
        if mayRun { run(job) }
    }

    /// Lets the task go on to its end.
    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.stepsLeft = .max
            return state.held
        }
        for job in held { run(job) }
    }

    private func run(_ job: UnownedJob) {
        DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
