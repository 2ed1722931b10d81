import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Texts that are no messages, and messages that only look as if they were none.
///
/// Source: `coolkit-websocket.md` §11 (an app hears 400, a device nothing; the fifth in a row closes), RFC 8259.
@Suite struct HostileMessageTests {
    private static let deep = String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000)

    private static let malformed = [
        "", " ", "{", "}", "[]", "[{}]", #""action""#, "42", "null", "true", "{}{}", "{} x", "{},", #"{"a":1,}"#, "{,}",
        #"{"a" 1}"#, #"{"a":}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a":1/**/}"#, "\u{FEFF}{}", #"{"a":NaN}"#,
        #"{"a":Infinity}"#,
        #"{"a":0x10}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#, #"{"a":-}"#,
        #"{"a":tru}"#,
        "{\"a\":\"\n\"}", "{\"a\":\"\u{0}\"}", "{\u{0}}", #"{"a":"\x41"}"#, #"{"a":"\u12"}"#, #"{"a":"\ud83d"}"#,
        #"{"a":"\ude00"}"#, #"{"a":"\ud83d\u0041"}"#, #"{"\ud83d":1}"#, #"{"a":"x}"#,
        #"{"action":"date","action":"date"}"#, #"{"action":"date","\u0061ction":"query"}"#,
        #"{"action":"date","deviceid":"1000a1b2c3","deviceid":"1000b0b0b0"}"#, #"{"apikey":"a","apiKey":"a"}"#,
        #"{"action":"date","params":{"a":\#(deep)}}"#, deep, #"{"params":\#(nested(33))}"#,
        String(repeating: " ", count: 65_536), String(repeating: "{\"a\":", count: 13_000),
    ]

    /// Each is a `date` that is answered.
    private static let accepted = [
        #"{"action":"date"}"#, #" { "\u0061ction" : "d\u0061te" } "#, #"{"action":"date","ts":1e999,"x":-0}"#,
        #"{"action":"date","x":\#(String(repeating: "9", count: 400))}"#, #"{"action":"date","x":0.\#(zeros)1}"#,
        #"{"action":"date","x":1,"x":2}"#, #"{"action":"date","params":{"a":1,"a":2}}"#,
        #"{"action":"date","\u0000":"\u0000"}"#,
        #"{"action":"date","\#(String(repeating: "k", count: 60_000))":1}"#,
        #"{"action":"date","params":\#(nested(31))}"#,
        String(repeating: " \t\r\n", count: 15_000) + #"{"action":"date"}"#, #"{"action":"date","x":"\ud83d\ude00"}"#,
    ]

    private static let zeros = String(repeating: "0", count: 400)

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test("A registered app hears 400, a registered device nothing, and both go on", arguments: ["app", "device"])
    func registered(name: String) async throws {
        let role = try #require(HostileRole(rawValue: name))
        try await withStage { stage in
            let honest = try await HonestPair(of: stage)
            let peer = try await role.connect(to: stage)
            defer { honest.leave() }
            defer { peer.abort() }

            _ = try await honest.relaying {
                for text in Self.malformed {
                    try await peer.send(text)
                    if role == .app {
                        #expect(
                            try await peer.nextText() == #"{"error":400,"reason":"Bad Request"}"#,
                            "\(text.prefix(60))"
                        )
                    }
                    try await peer.send(#"{"action":"date"}"#)
                    #expect(try await peer.nextText().contains(#""date":"#), "\(text.prefix(60))")
                }
                for text in Self.accepted {
                    try await peer.send(text)
                    #expect(try await peer.nextText().contains(#""date":"#), "\(text.prefix(60))")
                }
            }

            for _ in 0..<5 { try await peer.send("{") }
            #expect(try await peer.closeCode() == 1_008)
        }
    }

    @Test("Nobody's text that is no handshake is answered with 406 and closed with 1008")
    func unregistered() async throws {
        try await withStage { stage in
            let honest = try await HonestPair(of: stage)
            defer { honest.leave() }

            _ = try await honest.relaying {
                for text in Self.malformed {
                    let peer = try await HostileRole.nobody.connect(to: stage)
                    try await peer.send(text)
                    #expect(try await peer.nextText().contains(#""error":406"#), "\(text.prefix(60))")
                    #expect(try await peer.closeCode() == 1_008, "\(text.prefix(60))")
                }
            }
        }
    }

    @Test("A command or report with odd params is passed on as it is spelled")
    func spelling() async throws {
        try await withStage { stage in
            let (device, app) = (try await TestPeer.device(of: stage), try await TestPeer.app(of: stage))
            defer { for peer in [device, app] { peer.abort() } }
            let params = #"{"a":1e999,"a":-0,"n":\#(Self.zeros.replacing("0", with: "7")),"\u0000":"\ud83d\ude00\/"}"#

            try await app.send(
                #"{"action":"update","deviceid":"\#(Stage.deviceID)","sequence":"1","params":\#(params)}"#
            )

            #expect(try await device.nextText().contains(#""params":\#(params)"#))
        }
    }

    @Test("Params that would outgrow 64 KiB are refused with 400, and what was stored stays")
    func tooMuch() async throws {
        try await withStage { stage in
            let device = try await TestPeer.device(of: stage)
            defer { device.abort() }
            func report(_ name: String) -> String {
                let value = String(repeating: name, count: 40_000)
                return #"{"action":"update","deviceid":"\#(Stage.deviceID)","params":{"\#(name)":"\#(value)"}}"#
            }

            try await device.send(report("a"))
            #expect(try await device.nextText().contains(#""error":0"#))
            try await device.send(report("b"))
            #expect(try await device.nextText().contains(#""error":400"#))

            let stored = try #require(stage.server.switchyard.registry.device(DeviceID(unchecked: Stage.deviceID)))
            #expect(stored.params(named: ["a"]) != nil)
            #expect(stored.params(named: ["b"]) == nil)
            try await device.settle()
        }
    }
}
