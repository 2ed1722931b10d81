import CoolkitWire
import Foundation
import TestSupport
import Testing

/// What the log says of listeners that are weak by the operator's choice.
@Suite("Weak listeners", .timeLimit(.minutes(2)))
struct ListenerWarningTests {
    @Test("Device and plain listener, and old TLS on the public one, are off by default, and each warns when it is on")
    func warns() async throws {
        #expect(try await warnings([:]) == [])

        let weak = ["SWITCHYARD_LISTENERS_PUBLIC_MINIMUM_TLS": "1.1"].merging(everyListener) { first, _ in first }
        let found = try await warnings(weak)

        for words in ["device listener takes TLS 1.0", "plain listener encrypts nothing", "TLS below 1.2"] {
            #expect(found.contains { $0.contains(words) }, "\(words) in \(found)")
        }
    }

    private func warnings(_ environment: [String: String]) async throws -> [String] {
        try await withDataFolder { folder in
            try await withServer(in: folder, environment: environment) { server in
                server.process.errors.lines.compactMap { try? JSON(parsing: $0) }
                    .filter { $0["level"] == "warning" }
                    .compactMap { $0["message"]?.stringValue }
            }
        }
    }
}
