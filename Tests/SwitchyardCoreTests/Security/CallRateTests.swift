import SwitchyardCore
import Testing

/// Source: `coolkit-v2-http.md` §1 ("Rate").
@Suite("The rate of calls")
struct CallRateTests {
    private let clocks = ManualClocks()

    @Test("Calls of one address to one interface are half a second apart; a refused one does not count")
    func interval() {
        let rate = CallRate(clock: clocks.monotonic)
        func admit() -> Bool { rate.admit("192.0.2.1", to: "GET /v2/family") }

        #expect(admit())
        #expect(!admit())
        clocks.advance(by: .milliseconds(499))
        #expect(!admit())
        #expect(rate.admit("192.0.2.2", to: "GET /v2/family"))
        #expect(rate.admit("192.0.2.1", to: "POST /v2/family"))
        clocks.advance(by: .milliseconds(1))
        #expect(admit())
    }

    @Test("There are 300 of them in five minutes")
    func window() {
        let rate = CallRate(clock: clocks.monotonic)
        var admitted = 0

        for _ in 0..<599 {
            if rate.admit("192.0.2.1", to: "x") { admitted += 1 }
            clocks.advance(by: .milliseconds(500))
        }
        #expect(admitted == 300)
        #expect(!rate.admit("192.0.2.1", to: "x"))
        clocks.advance(by: .milliseconds(500))

        #expect(rate.admit("192.0.2.1", to: "x"))
    }

    @Test("The table does not grow beyond its capacity, and forgets what is over")
    func bound() {
        let rate = CallRate(capacity: 3, clock: clocks.monotonic)

        for number in 0..<10 { #expect(rate.admit("192.0.2.\(number)", to: "x")) }
        #expect(rate.count == 3)
        #expect(!rate.admit("192.0.2.0", to: "x"))
        #expect(rate.admit("192.0.2.9", to: "x"))
        clocks.advance(by: .seconds(300))
        #expect(rate.admit("192.0.2.9", to: "x"))
        #expect(!rate.admit("192.0.2.9", to: "x"))

        #expect(rate.count == 1)
    }
}
