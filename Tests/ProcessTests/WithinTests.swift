import Foundation
import Testing

/// `scripts/within`, which bounds the long checks: what they have started ends with them.
@Suite("Programs that are to leave nothing behind", .timeLimit(.minutes(2)))
struct WithinTests {
    private static let script = URL(filePath: #filePath).appending(path: "../../../scripts/within").standardized.path

    /// Whether a process is there, and not only what its parent has not yet asked for.
    private func isRunning(_ process: Substring) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat"),
            let state = String(decoding: data, as: UTF8.self).split(separator: ") ").last?.first
        else { return false }
        return state != "Z"
    }

    #if os(Linux)
    @Test(
        "What a program has started ends with it, in time or not, whatever session it is in and whether its parent lives",
        arguments: [
            (seconds: 5, end: "wait", status: 124), (seconds: 60, end: "exit 3", status: 3),
            (seconds: 60, end: "kill -KILL $$", status: 137),
        ]
    )
    func endsAll(seconds: Int, end: String, status: Int32) async throws {
        let program = "setsid sleep 600 & echo $!; (sleep 600 & echo $!; setsid sleep 600 & echo $!); \(end)"

        let done = try await run(Self.script, ["\(seconds)", "/bin/bash", "-c", program])

        #expect(done.status == status)
        let processes = done.output.split(separator: "\n")
        #expect(processes.count == 3)
        for process in processes { #expect(!isRunning(process)) }
    }
    #endif
}
