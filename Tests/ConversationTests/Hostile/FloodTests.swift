import SwitchyardSimulator
import TestSupport
import Testing

/// A million frames that cost next to nothing to send, over TLS, while an honest pair goes on.
@Suite struct FloodTests {
    /// What comes once, and what comes a million times after it.
    struct Flood: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let beginning: [UInt8]
        let frame: [UInt8]

        init(_ description: String, beginning: [UInt8] = [], _ frame: [UInt8]) {
            testDescription = description
            self.beginning = beginning
            self.frame = frame
        }

        static let all = [
            Flood(
                "empty fragments",
                beginning: HostileFrame.frame(1, "", isFinal: false),
                HostileFrame.frame(0, "", isFinal: false)
            ),
            Flood(
                "fragments of a byte",
                beginning: HostileFrame.frame(1, "{", isFinal: false),
                HostileFrame.frame(0, " ", isFinal: false)
            ),
            Flood("pings", HostileFrame.frame(9, "")),
            Flood("pongs", HostileFrame.frame(10, "")),
            Flood("empty texts", HostileFrame.frame(1, "")),
            Flood("texts that say ping", HostileFrame.frame(1, "ping")),
            Flood("empty binary frames", HostileFrame.frame(2, "")),
        ]
    }

    private static let frames = 1_000_000

    @Test("A million tiny frames close with 1008, and nobody else waits for it", arguments: HostileRole.allCases)
    func million(role: HostileRole) async throws {
        try await withStage { stage in
            let honest = try await HonestPair(of: stage)
            defer { honest.leave() }
            for flood in Flood.all {
                let peer = try await role.connect(to: stage)
                defer { peer.abort() }

                let times = try await honest.relaying {
                    async let code = peer.closeCode()
                    await Self.pour(flood, into: peer)
                    let closed = try await code
                    #expect(closed == 1_008, "\(flood.testDescription)")
                }

                // Generous, for machines that do something else besides.
                #expect(times.allSatisfy { $0 < .seconds(2) }, "\(flood.testDescription): \(times.max() ?? .zero)")
                print(
                    "frames: \(flood.testDescription) as \(role): closed with 1008;"
                        + " \(times.count) commands meanwhile, slowest \(times.max() ?? .zero)"
                )
            }
        }
    }

    /// Sends until all is sent, or the server has hung up.
    private static func pour(_ flood: Flood, into peer: TestPeer) async {
        let perChunk = 10_000
        let chunk = [[UInt8]](repeating: flood.frame, count: perChunk).flatMap(\.self)
        do {
            try await peer.sendRaw(flood.beginning)
            for _ in 0..<frames / perChunk { try await peer.sendRaw(chunk) }
        } catch {
            // The server has closed the connection: that is what it is about.
        }
    }
}
