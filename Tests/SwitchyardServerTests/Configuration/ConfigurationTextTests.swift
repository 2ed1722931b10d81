import SwitchyardCore
import Testing

@testable import SwitchyardServer

@Suite
struct ConfigurationTextTests {
    @Test(
        "Durations have a unit, and a bare number is seconds",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("30", .seconds(30)), ("5m", .seconds(300)),
            ("12h", .seconds(43_200)), ("30d", .seconds(2_592_000)), ("0", .zero),
        ]
    )
    func durations(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
        #expect(DurationText.parse(DurationText.print(duration)) == duration)
    }

    @Test(
        "What is no duration is refused",
        arguments: [
            "", "s", "-1s", "1.5s", "1w", "1 s", "99999999999999999999s", "9223372036854775807d", "4000d", "١s",
        ]
    )
    func badDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "A duration is printed with the largest unit that divides it",
        arguments: [
            (Duration.zero, "0s"), (.milliseconds(1_500), "1500ms"), (.seconds(90), "90s"), (.seconds(3_600), "1h"),
            (.seconds(60 * 86_400), "60d"),
        ]
    )
    func printedDurations(duration: Duration, text: String) {
        #expect(DurationText.print(duration) == text)
    }

    @Test(
        "An address to listen on may have a port",
        arguments: [
            ("127.0.0.1", "127.0.0.1", nil), ("127.0.0.1:80", "127.0.0.1", 80), ("::1", "::1", nil),
            ("[::1]", "::1", nil), ("[::]:8080", "::", 8_080), ("localhost", "localhost", nil),
            ("home.example.org:443", "home.example.org", 443), ("127.0.0.1:0", "127.0.0.1", 0),
        ] as [(String, String, Int?)]
    )
    func addresses(text: String, host: String, port: Int?) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
        #expect(
            ListenAddress(ListenAddress(host: host, port: port).description) == ListenAddress(host: host, port: port)
        )
    }

    @Test(
        "What is no address to listen on is refused",
        arguments: [
            "", ":80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "256.0.0.1", "1.2.3", "[::1]x",
            "[127.0.0.1]:80", "[::1", "a b", "http://x", "-x.org", "a..b", "1:2:3",
        ]
    )
    func badAddresses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(
        "A range holds its addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("192.0.2.128/25", "192.0.2.129", true), ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("0.0.0.0/0", "203.0.113.1", true),
            ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe80::1", false), ("::/0", "10.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ]
    )
    func ranges(range: String, address: String, isInside: Bool) throws {
        let range = try #require(AddressRange(range))
        let address = try #require(NumericAddress(address))

        #expect(range.contains(address) == isInside)
    }

    @Test(
        "What is no range is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "host/8", "1/2/3"]
    )
    func badRanges(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(
        "The nearest name is found when it is near",
        arguments: [("regoin", "region"), ("hb", "protocol.hb"), ("REGION", "region"), ("xyz", nil)]
            as [(String, String?)]
    )
    func nearest(name: String, expected: String?) {
        #expect(NearestName.nearest(to: name, among: ["region", "demo", "protocol.hb"]) == expected)
    }

    @Test("The data folder is the option's, else the variable's, else ./data")
    func dataDirectory() {
        let environment = ["SWITCHYARD_DATA": "/from/variable"]

        #expect(DataDirectory(option: "/from/option/", environment: environment).path == "/from/option")
        #expect(DataDirectory(option: nil, environment: environment).adminSocket == "/from/variable/admin.sock")
        #expect(DataDirectory(option: nil, environment: ["SWITCHYARD_DATA": ""]).path == "./data")
    }
}
