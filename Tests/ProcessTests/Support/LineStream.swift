import Foundation
import SwitchyardSimulator
import Synchronization
import TestSupport

/// What a process writes, line by line: lines are waited for, and all are kept for the failure's message.
final class LineStream: Sendable {
    private struct State {
        var partial: [UInt8] = []
        var lines: [String] = []
    }

    private let name: String
    private let state = Mutex(State())
    private let inbox = Inbox<String>(capacity: 1_000_000)
    private let end = Inbox<Void>(capacity: 1)

    /// Reads until the other side has closed it, in a thread of its own.
    ///
    /// - Parameter isEchoed: whether it goes to this process's own standard error as well.
    init(name: String, reading descriptor: CInt, isEchoed: Bool = false) {
        self.name = name
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                if isEchoed { FileHandle.standardError.write(Data(buffer[..<count])) }
                take(buffer[..<count])
            }
            close(descriptor)
            finish()
        }
    }

    /// All lines so far.
    var lines: [String] { state.withLock { $0.lines } }

    /// All that was written so far, a last line without its end left out.
    var text: String { lines.joined(separator: "\n") }

    /// The next line that `wants` accepts, taken out; others stay for others.
    func next(
        _ what: String,
        within limit: Duration = ChildProcess.patience,
        where wants: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        try await withDeadline(limit, waitingFor: "\(what) from \(name)") { [inbox] in
            try await inbox.next(where: wants)
        }
    }

    /// Waits until the process, and whoever it handed the pipe to, has closed it.
    func untilEnd(within limit: Duration = ChildProcess.patience) async throws {
        try await withDeadline(limit, waitingFor: "the end of what \(name) writes") { [end] in
            try await end.next { true }
            _ = end.deliver(())
        }
    }

    private func take(_ data: ArraySlice<UInt8>) {
        let lines = state.withLock { state -> [String] in
            state.partial += data
            var lines: [String] = []
            while let newline = state.partial.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(String(decoding: state.partial[..<newline], as: UTF8.self))
                state.partial.removeSubrange(...newline)
            }
            state.lines += lines
            return lines
        }
        for line in lines { _ = inbox.deliver(line) }
    }

    private func finish() {
        let last = state.withLock { state -> String? in
            guard !state.partial.isEmpty else { return nil }
            defer { state.partial = [] }
            let line = String(decoding: state.partial, as: UTF8.self)
            state.lines.append(line)
            return line
        }
        if let last { _ = inbox.deliver(last) }
        inbox.finish(throwing: TestFailure("\(name) writes nothing more"))
        _ = end.deliver(())
    }
}
