import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Replay guard")
struct ReplayGuardTests {
    private let app = AppID(unchecked: "app")
    private let other = AppID(unchecked: "other")

    @Test("A pair of ts and nonce is taken once for each application")
    func refusesRepetition() {
        let replays = ReplayGuard()

        #expect(replays.admit(timestamp: "1", nonce: "a", of: app))
        #expect(!replays.admit(timestamp: "1", nonce: "a", of: app))
        #expect(replays.admit(timestamp: "2", nonce: "a", of: app))
        #expect(replays.admit(timestamp: "1", nonce: "b", of: app))
        #expect(replays.admit(timestamp: "1", nonce: "a", of: other))
    }

    @Test("What was forgotten may come once more; a whole application can be")
    func forgets() {
        let replays = ReplayGuard()
        for nonce in ["a", "b"] { _ = replays.admit(timestamp: "1", nonce: nonce, of: app) }

        replays.forget(timestamp: "1", nonce: "a", of: app)

        #expect(replays.admit(timestamp: "1", nonce: "a", of: app))
        #expect(!replays.admit(timestamp: "1", nonce: "a", of: app))
        #expect(!replays.admit(timestamp: "1", nonce: "b", of: app))
        replays.forget(app)
        #expect(replays.admit(timestamp: "1", nonce: "b", of: app))
    }

    @Test("It remembers the last requests of its capacity, and at most twice as many")
    func isBounded() {
        let replays = ReplayGuard(capacity: 100)
        for number in 0..<1_000 { #expect(replays.admit(timestamp: "1", nonce: "\(number)", of: app)) }

        for number in 900..<1_000 { #expect(!replays.admit(timestamp: "1", nonce: "\(number)", of: app)) }
        let forgotten = (0..<800).count { replays.admit(timestamp: "1", nonce: "\($0)", of: app) }
        #expect(forgotten == 800)
    }
}
