import CoolkitWire
import Testing

@testable import SwitchyardHub

/// Source: `coolkit-websocket.md` §5, §6.3.
@Suite("Names of a query")
struct QueryNamesTests {
    private func names(_ params: String?) throws -> [String]? {
        let envelope = try Envelope(params.map { "{\"params\":\($0)}" } ?? "{}")
        return QueryNames(envelope.params, of: envelope)?.all
    }

    @Test(
        "A list of texts asks for those; none, or no list, for everything",
        arguments: [
            (nil, []), ("[]", []), (#"["switch","timers"]"#, ["switch", "timers"]), (#"["\u0061\n"]"#, ["a\n"]),
            (#"["",""]"#, ["", ""]),
        ] as [(String?, [String])]
    )
    func reads(params: String?, expected: [String]) throws {
        #expect(try names(params) == expected)
    }

    @Test("Anything else is malformed", arguments: ["null", "0", "{}", #""switch""#, "[1]", #"["a",null]"#, "[[]]"])
    func refuses(params: String) throws {
        #expect(try names(params) == nil)
    }

    @Test("No more than 256 names are asked for")
    func isBounded() throws {
        func list(_ count: Int) -> String { "[" + Array(repeating: "\"a\"", count: count).joined(separator: ",") + "]" }

        #expect(try names(list(256))?.count == 256)
        #expect(try names(list(257)) == nil)
    }
}
