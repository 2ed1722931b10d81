import Foundation
import SwitchyardSimulator
import TestSupport

/// A process that a test has started: read by lines, signalled, and always ended.
final class ChildProcess: Sendable {
    typealias Exit = SpawnedProcess.Exit

    /// What to start.
    struct Launch: Sendable {
        var program: String
        var arguments: [String]
        /// Added to this process's own environment, without its `SWITCHYARD_` variables.
        var environment: [String: String] = [:]
        /// Standard input, at most a few kilobytes.
        var input = ""
    }

    /// How long a test waits before it says what did not come.
    static let patience = Duration.seconds(30)

    let output: LineStream
    let errors: LineStream
    private let name: String
    private let process: SpawnedProcess
    private let exits: Inbox<Exit>

    var processID: pid_t { process.processID }

    /// Whether it has not ended yet.
    var isRunning: Bool { process.isRunning }

    private init(_ launch: Launch) throws {
        let program = launch.program.split(separator: "/").last.map(String.init) ?? ""
        name = ([program] + launch.arguments.prefix(2)).joined(separator: " ")
        let process = try SpawnedProcess(
            program: launch.program,
            arguments: launch.arguments,
            environment: Self.inherited.merging(launch.environment) { _, new in new }
        )
        self.process = process
        output = LineStream(name: name, reading: process.pipes.output)
        errors = LineStream(name: name, reading: process.pipes.errors, isEchoed: TestLog.level != nil)
        let exits = Inbox<Exit>(capacity: 1)
        self.exits = exits
        Thread.detachNewThread { _ = exits.deliver(process.reap()) }
        // Whoever does not want to read has ended, or will; the signal of a broken pipe is not for this process.
        signal(SIGPIPE, SIG_IGN)
        let bytes = Array(launch.input.utf8)
        _ = write(process.pipes.input, bytes, bytes.count)
        close(process.pipes.input)
    }

    private static let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SWITCHYARD_") }

    /// Runs `body` while the process lives; it is killed at the end if it still does.
    ///
    /// What the process wrote to standard error is added to the failure of `body`.
    static func with<Value>(_ launch: Launch, _ body: (ChildProcess) async throws -> Value) async throws -> Value {
        let child = try ChildProcess(launch)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(child))
        } catch {
            let log = child.errors.lines.suffix(40).joined(separator: "\n  ")
            result = .failure(TestFailure("\(error)\nstandard error of \(child.name):\n  \(log)"))
        }
        await child.end()
        return try result.get()
    }

    func send(_ signal: Int32) { process.signal(signal) }

    /// Waits for the end; throws when it does not come in time.
    func exit(within limit: Duration = patience) async throws -> Exit {
        try await withDeadline(limit, waitingFor: "the end of \(name)") { [exits] in
            let exit = try await exits.next { _ in true }
            _ = exits.deliver(exit)
            return exit
        }
    }

    /// Kills it if it lives, and waits until it is gone, also while the test is being cancelled.
    private func end() async {
        process.signal(SIGKILL)
        let exits = exits
        // A task of its own: the wait must not be cut short by the test's cancellation. It ends with the process.
        _ = try? await Task { try await exits.next { _ in true } }.value
    }
}

/// What a program that ran to its end has said.
struct Finished: Sendable {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs a program to its end.
func run(
    _ program: String,
    _ arguments: [String],
    environment: [String: String] = [:],
    input: String = "",
    within limit: Duration = ChildProcess.patience
) async throws -> Finished {
    let launch = ChildProcess.Launch(program: program, arguments: arguments, environment: environment, input: input)
    return try await ChildProcess.with(launch) { child in
        let exit = try await child.exit(within: limit)
        guard case .exited(let status) = exit else { throw TestFailure("\(program) ended with \(exit)") }
        try await child.output.untilEnd()
        try await child.errors.untilEnd()
        return Finished(status: status, output: child.output.text, errors: child.errors.text)
    }
}

/// Where a program of the system lies.
func systemProgram(_ name: String) throws -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
        return "\(folder)/\(name)"
    }
    throw TestFailure("\(name) is not installed; scripts/setup installs it")
}
