import NIOCore
import Testing

@testable import SwitchyardHub

/// Source: `coolkit-websocket.md` §3.
@Suite("Text heartbeat")
struct TextHeartbeatTests {
    @Test(
        "A ping is a ping in any case and with white space around it",
        arguments: ["ping", "PING", "Ping", " ping", "ping\r\n", "\t\n ping \u{0}", "      ping      "]
    )
    func isPing(text: String) {
        #expect(TextHeartbeat.isPing(ByteBuffer(string: text)))
    }

    @Test(
        "Nothing else is",
        arguments: [
            "", " ", "p", "pin", "pong", "pingg", "pi ng", "ping ping", "\"ping\"", "{}", "p\u{49}ng!", "0ing", "PİNG",
            "       ping      ", "ping" + String(repeating: " ", count: 13),
        ]
    )
    func isNoPing(text: String) {
        #expect(!TextHeartbeat.isPing(ByteBuffer(string: text)))
    }

    @Test("No byte but the eight letters makes a ping")
    func comparesExactly() {
        for byte in UInt8.min...UInt8.max {
            let isLetter = byte == UInt8(ascii: "p") || byte == UInt8(ascii: "P")

            #expect(TextHeartbeat.isPing(ByteBuffer(bytes: [byte] + Array("ing".utf8))) == isLetter)
        }
    }

    @Test("A part of a larger buffer is looked at alone")
    func readsItsPart() throws {
        let slice = try #require(ByteBuffer(string: "xxpingxx").getSlice(at: 2, length: 4))

        #expect(TextHeartbeat.isPing(slice))
    }

    @Test("The answer is the bare text pong")
    func pong() {
        #expect(String(buffer: TextHeartbeat.pong()) == "pong")
    }
}
