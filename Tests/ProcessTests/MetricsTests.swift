import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    @Suite("Figures of a running server, with curl", .timeLimit(.minutes(2)))
    struct MetricsTests {
        @Test("Sessions and calls are counted, and each metric has its meaning and its type once")
        func counts() async throws {
            let environment = [
                "SWITCHYARD_LISTENERS_METRICS_ENABLED": "true", "SWITCHYARD_LISTENERS_METRICS_PORT": "0",
            ]
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: environment) { server in
                    let cast = try await Cast(in: server)
                    try await server.withApp(cast) { app in
                        try await app.start()
                        try await server.withRawDevice { device in
                            try await device.report(["switch": "on"])
                            #expect(try await device.answer()["error"] == 0)

                            let lines = try await Self.metrics(of: server)

                            for line in [
                                "switchyard_hub_app_handshakes_total 1", "switchyard_hub_device_registrations_total 1",
                                "switchyard_hub_reports_total 1", #"switchyard_sessions{kind="app"} 1"#,
                                #"switchyard_devices{state="online"} 1"#,
                                #"switchyard_api_requests_total{method="POST",route="/api/user/login"} 1"#,
                            ] { #expect(lines.contains(line), "\(line)") }
                            let named = Set(lines.filter { !$0.hasPrefix("#") }.map(Self.name))
                            let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
                            #expect(Set(types).count == types.count)
                            #expect(named == Set(types.map(String.init)))
                            #expect(!lines.contains { $0.contains("See docs/operation.md.") })
                        }
                    }
                }
            }
        }

        private static func metrics(of server: RunningServer) async throws -> [String] {
            let url = "http://127.0.0.1:\(try server.address("metrics").port)/metrics"
            let curl = try await run(systemProgram("curl"), ["-sS", "--noproxy", "*", url])
            #expect(curl.status == 0, "\(curl.errors)")
            return curl.output.split(separator: "\n").map(String.init)
        }

        /// The metric that a line is about.
        private static func name(of line: String) -> String {
            let name = line.prefix { $0 != " " && $0 != "{" }
            for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                return String(name.dropLast(suffix.count))
            }
            return String(name)
        }
    }
}
