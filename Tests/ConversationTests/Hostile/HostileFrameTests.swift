import TestSupport
import Testing

/// Frames that break RFC 6455, from everybody who can open a socket, while an honest pair goes on.
@Suite struct HostileFrameTests {
    @Test("Each breach is closed with its code, and nobody else is disturbed", arguments: HostileRole.allCases)
    func breaches(role: HostileRole) async throws {
        try await withStage { stage in
            let honest = try await HonestPair(of: stage)
            defer { honest.leave() }

            let times = try await honest.relaying {
                for hostile in HostileFrame.all {
                    let peer = try await role.connect(to: stage)
                    try await peer.sendRaw(hostile.bytes)
                    let code = try await peer.closeCode()
                    #expect(code == hostile.code, "\(hostile.name)")
                }
            }

            #expect(times.count > 1)
            print(
                "frames: \(HostileFrame.all.count) breaches as \(role), each with its code;"
                    + " \(times.count) commands meanwhile, slowest \(times.max() ?? .zero)"
            )
        }
    }

    @Test("What only looks odd is borne: fragments of nothing, pings in between, characters cut in two")
    func borne() async throws {
        try await withStage { stage in
            for role in HostileRole.allCases {
                let peer = try await role.connect(to: stage)
                defer { peer.abort() }
                let ping = HostileFrame.frame(9, "?")
                let text =
                    HostileFrame.frame(1, "", isFinal: false) + HostileFrame.frame(0, "pi", isFinal: false) + ping
                    + HostileFrame.frame(0, "", isFinal: false) + HostileFrame.frame(0, "ng")

                try await peer.sendRaw(text)

                #expect(try await peer.nextText() == "pong", "\(role)")
                // A euro sign in two frames; binary, which nobody reads.
                try await peer.sendRaw(
                    HostileFrame.frame(2, [0xE2], isFinal: false) + HostileFrame.frame(0, [0x82, 0xAC])
                )
                try await peer.settle()
            }
        }
    }
}
