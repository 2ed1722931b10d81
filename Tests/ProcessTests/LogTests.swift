import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    @Suite("The log of a running server", .timeLimit(.minutes(2)))
    struct LogTests {
        /// Runs the server with its log in a pipe whose reader leaves as soon as the server is ready.
        private static let leavingReader = """
            exec 3>&2
            exec "$0" "$@" 2> >(
                while read -r line; do
                    echo "$line" >&3
                    case $line in *'"message":"Ready"'*) exit ;; esac
                done
            )
            """

        @Test("A server whose log nobody reads any more goes on, counts the lines, and stops in good order")
        func readerLeaves() async throws {
            let environment = [
                "SWITCHYARD_LISTENERS_METRICS_ENABLED": "true", "SWITCHYARD_LISTENERS_METRICS_PORT": "0",
            ]
            try await withDataFolder { folder in
                var launch = try launchOfServer(in: folder, environment: environment)
                launch.arguments = ["-c", Self.leavingReader, launch.program] + launch.arguments
                launch.program = try systemProgram("bash")
                try await ChildProcess.with(launch) { process in
                    let ports = try await portsWhenReady(process)
                    let server = RunningServer(process: process, folder: folder, ports: ports)
                    _ = try await Cast(in: server)
                    // Each is a line of the log when it comes.
                    for _ in 0..<5 {
                        try await server.withRawDevice { device in
                            try await device.report(["switch": "on"])
                            #expect(try await device.answer()["error"] == 0)
                        }
                    }

                    let url = "http://127.0.0.1:\(try server.address("metrics").port)/metrics"
                    let figures = try await run(systemProgram("curl"), ["-sS", "--noproxy", "*", url]).output
                    process.send(SIGTERM)

                    let lost = figures.split(separator: "\n").first { $0.hasPrefix("switchyard_log_lines_lost_total ") }
                    #expect(lost.flatMap { $0.split(separator: " ").last.flatMap { Int($0) } } ?? 0 > 0, "\(figures)")
                    #expect(try await process.exit() == .exited(0))
                }
            }
        }
    }
}
