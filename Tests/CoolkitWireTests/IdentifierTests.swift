import CoolkitWire
import Testing

@Suite("Identifiers and codes")
struct IdentifierTests {
    @Test(
        "Short printable text without space, quote and backslash is an identifier",
        arguments: ["1000a1b2c3", "!~", "a"]
    )
    func accepts(text: String) {
        #expect(DeviceID(text)?.rawValue == text)
    }

    @Test(
        "Everything else is not",
        arguments: ["", "a b", "a\"b", "a\\b", "zoë", "a\n", "a\u{7F}", String(repeating: "a", count: 65)]
    )
    func refuses(text: String) {
        #expect(DeviceID(text) == nil)
    }

    @Test("Each kind has its own longest text")
    func lengths() {
        #expect(DeviceID(String(repeating: "a", count: 64)) != nil)
        #expect(APIKey(String(repeating: "a", count: 127)) != nil)
        #expect(APIKey(String(repeating: "a", count: 128)) == nil)
        #expect(AppID(String(repeating: "a", count: 128)) != nil)
        #expect(AppID(String(repeating: "a", count: 129)) == nil)
    }

    @Test("Every wire code but success has a reason of its own")
    func reasons() {
        let reasons = WireCode.allCases.map(\.reason)

        #expect(Set(reasons).count == WireCode.allCases.count)
        #expect(WireCode.requestTimeout.reason == "Request Timeout")
        #expect(WireCode(rawValue: 503) == .deviceOffline)
    }
}
