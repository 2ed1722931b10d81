import Foundation
import Testing

@testable import SwitchyardServer

@Suite("Output of the log")
struct LogOutputTests {
    /// A pipe that the kernel holds 4 KiB or more of.
    private struct Pipe {
        let reading: CInt
        let writing: CInt

        init() throws {
            // Writing to a pipe without a reader is an error here, as it is in the server.
            signal(SIGPIPE, SIG_IGN)
            var ends: [CInt] = [0, 0]
            try #require(pipe(&ends) == 0)
            (reading, writing) = (ends[0], ends[1])
        }

        /// Whatever is in it.
        func read() -> String {
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = Foundation.read(reading, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    private func notice(_ lost: Int) -> String { "lost \(lost)\n" }

    @Test("Lines that nobody takes are lost, hold nothing up, and are counted when the next one is written")
    func fullPipe() throws {
        let pipe = try Pipe()
        defer { for end in [pipe.reading, pipe.writing] { close(end) } }
        let output = LogOutput(descriptor: pipe.writing)
        let line = String(repeating: "x", count: 1_999) + "\n"

        let duration = ContinuousClock().measure {
            for _ in 0..<2_000 { output.write(line, notice: notice) }
        }
        let written = pipe.read()
        output.write("again\n", notice: notice)

        // The wait for the first is a tenth of a second.
        #expect(duration < .seconds(10), "\(duration)")
        let whole = written.split(separator: "\n").filter { $0.utf8.count == 1_999 }.count
        #expect(whole > 1)
        let rest = pipe.read()
        #expect(rest.hasSuffix("lost \(2_000 - whole)\nagain\n"), "\(rest), \(whole)")
        #expect(written.hasSuffix("\n") || rest.hasPrefix("\n"))
    }

    @Test("A long line is written whole, in pieces")
    func longLine() throws {
        let pipe = try Pipe()
        defer { for end in [pipe.reading, pipe.writing] { close(end) } }
        let line = String(repeating: "é", count: 10_000) + "\n"

        LogOutput(descriptor: pipe.writing).write(line, notice: notice)

        #expect(pipe.read() == line)
    }

    @Test("A pipe without a reader and a full disk lose lines and nothing else", arguments: ["pipe", "/dev/full"])
    func broken(target: String) throws {
        var descriptor: CInt
        if target == "pipe" {
            let pipe = try Pipe()
            close(pipe.reading)
            descriptor = pipe.writing
        } else {
            descriptor = open(target, O_WRONLY)
        }
        defer { close(descriptor) }
        try #require(descriptor >= 0)
        let output = LogOutput(descriptor: descriptor)

        var notices: [Int] = []
        for _ in 0..<3 {
            output.write("line\n") {
                notices.append($0)
                return notice($0)
            }
        }

        // The notice itself cannot be written either.
        #expect(notices == [1, 2])
    }
}
