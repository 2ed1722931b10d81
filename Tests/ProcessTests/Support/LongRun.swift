import Foundation
import TestSupport

/// How much of a long proof runs: a little in the suite, all of it in a program of `scripts/`.
enum LongRun {
    static let crashes = number("SWITCHYARD_CRASH_ROUNDS") ?? 20
    static let powerCuts = number("SWITCHYARD_POWER_ROUNDS") ?? 4
    static let seed = UInt64(number("SWITCHYARD_TEST_SEED") ?? 2_027)
    /// The optimised server, when a program of `scripts/` names one.
    static let server = ProcessInfo.processInfo.environment["SWITCHYARD_TEST_SERVER"]
    /// For a suite that takes a few seconds a round, and many times that on a machine that does other work too.
    static let minutesAtMost = 20 + max(crashes, powerCuts) / 6

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
}

/// How long a server took from its start to its first answer, over many starts.
struct StartTimes {
    /// The bar of the optimised server; one that is not optimised, beside other tests, has ten times as long.
    static let limit: Duration = LongRun.server == nil ? .seconds(10) : .seconds(1)

    private var times: [Duration] = []

    mutating func add(_ time: Duration) { times.append(time) }

    var longest: Duration { times.max() ?? .zero }

    var description: String {
        let sorted = times.sorted().map { ($0 / .milliseconds(1)).rounded() }
        guard let first = sorted.first, let last = sorted.last else { return "never started" }
        return "serving again after \(first) / \(sorted[sorted.count / 2]) / \(last) ms (min / median / max)"
    }
}
