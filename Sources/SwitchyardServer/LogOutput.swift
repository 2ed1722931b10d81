import CoreMetrics
import Foundation
import Synchronization

/// Where the lines of the log go: to a descriptor that may be full, broken, or read by nobody.
///
/// What cannot be written is lost and counted, and the server goes on; the next line that can be written stands behind one that
/// says how many were lost. A pipe whose reader has stopped holds a line up for a moment, and the lines after it not at all.
final class LogOutput: TextOutputStream, Sendable {
    private struct State {
        /// Lines lost since one was last written.
        var lost = 0
        /// Whether the last thing written was the beginning of a line that was lost.
        var isWithinLine = false
        /// When one was lost last.
        var lostAt: ContinuousClock.Instant?
    }

    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    /// How long the first line waits for a reader.
    private static let patienceMilliseconds: CInt = 100
    /// How long after a loss no line waits: a reader that is slow would hold up every second one.
    private static let recovery = Duration.seconds(5)
    /// What a pipe that says that it can be written takes without waiting.
    ///
    /// Source: pipe(7), PIPE_BUF.
    private static let pieceBytes = 4_096

    private let descriptor: CInt
    private let state = Mutex(State())

    init(descriptor: CInt) { self.descriptor = descriptor }

    func write(_ line: String) { write(line, notice: Self.plainNotice) }

    /// Writes a line, with its end.
    ///
    /// - Parameter notice: a line that says how many were lost.
    func write(_ line: String, notice: (_ lost: Int) -> String) {
        let hasFailed = state.withLock { state in
            if state.lost > 0 {
                guard put((state.isWithinLine ? "\n" : "") + notice(state.lost), &state) else { return true }
                state.lost = 0
            }
            return !put(line, &state)
        }
        // Made anew each time: the first lines come before there are metrics.
        if hasFailed { Counter(label: "switchyard_log_lines_lost_total").increment() }
    }

    private func put(_ line: String, _ state: inout State) -> Bool {
        let isPatient = state.lostAt.map { $0.duration(to: .now) > Self.recovery } ?? true
        let patience = isPatient ? Self.patienceMilliseconds : 0
        var line = line
        let written = line.withUTF8 { write(UnsafeRawBufferPointer($0), patience) }
        guard written == line.utf8.count else {
            state.lost += 1
            state.lostAt = .now
            if written > 0 { state.isWithinLine = true }
            return false
        }
        state.isWithinLine = false
        return true
    }

    /// Returns how many of the bytes were written.
    private func write(_ bytes: UnsafeRawBufferPointer, _ patience: CInt) -> Int {
        var written = 0
        while written < bytes.count {
            guard isWritable(within: patience) else { return written }
            let piece = UnsafeRawBufferPointer(rebasing: bytes[written..<min(bytes.count, written + Self.pieceBytes)])
            let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                return written
            }
        }
        return written
    }

    private func isWritable(within milliseconds: CInt) -> Bool {
        var wish = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var answer = poll(&wish, 1, milliseconds)
        while answer < 0, errno == EINTR { answer = poll(&wish, 1, milliseconds) }
        return answer > 0 && wish.revents & Int16(POLLOUT) != 0
    }

    private static func plainNotice(_ lost: Int) -> String { "switchyard: \(lost) lines of the log were lost\n" }
}
