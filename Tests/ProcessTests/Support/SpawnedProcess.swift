import Foundation
import Synchronization
import TestSupport

/// A process as the system knows it: started, signalled, and reaped exactly once.
///
/// Foundation's `Process` is not used: it loses the end of output, and crashes, when many are started at once.
final class SpawnedProcess: Sendable {
    enum Exit: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// The ends of the pipes that stay here.
    struct Pipes: Sendable {
        let input: CInt
        let output: CInt
        let errors: CInt
    }

    /// One start at a time: until a pipe is closed to children, another child could inherit it.
    private static let starting = Mutex(())

    let processID: pid_t
    let pipes: Pipes
    private let hasEnded = Mutex(false)

    init(program: String, arguments: [String], environment: [String: String]) throws {
        (processID, pipes) = try Self.starting.withLock { _ in
            try Self.spawn([program] + arguments, environment.map { "\($0.key)=\($0.value)" })
        }
    }

    /// Sends a signal, unless the process has ended.
    func signal(_ number: Int32) {
        hasEnded.withLock { hasEnded in
            if !hasEnded { kill(processID, number) }
        }
    }

    var isRunning: Bool { !hasEnded.withLock { $0 } }

    /// Blocks until the process has ended; called once, by a thread of its own.
    func reap() -> Exit {
        var information = siginfo_t()
        // Looks without reaping, so that nobody can signal a process that has taken over the number.
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return hasEnded.withLock { hasEnded in
            var status: Int32 = 0
            while waitpid(processID, &status, 0) < 0, errno == EINTR {}
            hasEnded = true
            let signal = status & 0x7F
            return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
        }
    }

    // MARK: Starting

    private static func spawn(_ arguments: [String], _ environment: [String]) throws -> (pid_t, Pipes) {
        let (input, output, errors) = (try makePipe(), try makePipe(), try makePipe())
        let ofChild = [input.read, output.write, errors.write]
        defer { for descriptor in ofChild { close(descriptor) } }
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in ofChild.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(target))
        }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        setSignals(&attributes)
        var processID: pid_t = 0
        let program = arguments[0]
        let result = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&processID, program, &actions, &attributes, arguments, environment)
            }
        }
        guard result == 0 else {
            for descriptor in [input.write, output.read, errors.read] { close(descriptor) }
            throw TestFailure("\(program) cannot be started: \(String(cString: strerror(result)))")
        }
        return (processID, Pipes(input: input.write, output: output.read, errors: errors.read))
    }

    #if canImport(Darwin)
    private typealias Attributes = posix_spawnattr_t?
    #else
    private typealias Attributes = posix_spawnattr_t
    #endif

    /// A child begins as one of a shell does: no signal is held back, none is ignored.
    private static func setSignals(_ attributes: inout Attributes) {
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    private static func makePipe() throws -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TestFailure("no pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func withCStrings<Result>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
