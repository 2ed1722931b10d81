import SwitchyardCore
import Testing

@Suite("Address ranges")
struct AddressRangeTests {
    @Test(
        "A range holds its own addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false), ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.128/25", "192.0.2.255", true), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ]
    )
    func contains(range: String, address: String, isIn: Bool) throws {
        let address = try #require(NumericAddress(address))

        #expect(try #require(AddressRange(range)).contains(address) == isIn)
    }

    @Test(
        "Other texts are no range",
        arguments: [
            "", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "localhost", "10.0.0/8", "fd00::/129", "10.0.0.0/",
        ]
    )
    func refuses(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(
        "Loopback is 127.0.0.0/8 and ::1",
        arguments: [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("::2", false), ("::", false),
        ]
    )
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try #require(NumericAddress(text)).isLoopback == isLoopback)
    }
}
