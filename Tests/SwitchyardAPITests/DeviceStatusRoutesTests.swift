import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@Suite("/api/user/device/status")
struct DeviceStatusRoutesTests {
    @Test(
        "The stored params are answered by name, whether the bar between the names is encoded or not",
        arguments: [
            ("&params=switch|timers", #"{"switch":"off"}"#), ("&params=switch%7Crssi", #"{"switch":"off","rssi":-55}"#),
            ("&params=nothing", "{}"), ("", #"{"switch":"off","a":1.0,"rssi":-55}"#),
            ("&params=", #"{"switch":"off","a":1.0,"rssi":-55}"#), ("&params=|a||", #"{"a":1.0}"#),
        ]
    )
    func status(query: String, params: String) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account, params: #"{"switch":"off","a":1.0,"rssi":-55}"#)

            let target = "/api/user/device/status?deviceid=1000a1b2c3\(query)"
            let answer = try await rig.send(.get(target, token: user.token))

            #expect(answer.text == #"{"error":0,"params":\#(params)}"#)
        }
    }

    @Test("A device of somebody else and one that does not exist are 400 alike, with errmsg")
    func invisibleDevice() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeUser("ann@example.org")
            let bob = try await rig.makeUser("bob@example.org")
            try await rig.addDevice("1000b0b0b0", to: bob.account)

            let foreign = try await rig.send(.get("/api/user/device/status?deviceid=1000b0b0b0", token: ann.token))
            let absent = try await rig.send(.get("/api/user/device/status?deviceid=1000c0c0c0", token: ann.token))

            #expect(
                foreign.text
                    == #"{"error":400,"errmsg":"device not found","msg":"device not found","info":"device not found"}"#
            )
            #expect(absent.text == foreign.text)
        }
    }

    /// Sends a command over HTTP to a device that is connected, and does with it what `device` does.
    private func control(
        _ body: String,
        device act: @escaping @Sendable (TLSRig, TestPeer, _ command: String) async throws -> Void
    ) async throws -> (answer: APIAnswer, command: String) {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let device = try await TestPeer.device(of: rig)
            defer { device.abort() }
            async let answer = rig.send(.post("/api/user/device/status", token: user.token, text: body))
            let command = try await device.nextText()
            try await act(rig, device, command)
            return (try await answer, command)
        }
    }

    @Test(
        "A command reaches the device byte for byte and is answered after its ack",
        arguments: [
            #"{"switch":"on"}"#, #"{ "a" : 1.0, "b":"\u00eb\/" }"#, #"[{"switch":"on"},{"x":1e2}]"#, "{}",
        ]
    )
    func control(params: String) async throws {
        let body =
            #"{"deviceid":"1000a1b2c3","params":\#(params),"appid":"x","nonce":"a4","ts":1700000130,"version":8}"#

        let (answer, command) = try await control(body) { _, device, command in try await device.answer(command) }

        #expect(answer.text == #"{"error":0,"deviceid":"1000a1b2c3"}"#)
        #expect(command.contains(#""params":\#(params)"#), "\(command)")
        #expect(command.hasPrefix(#"{"action":"update""#))
    }

    private static let command = #"{"deviceid":"1000a1b2c3","params":{"switch":"on"}}"#

    @Test("A device that is offline is 503")
    func offline() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)

            let answer = try await rig.send(.post("/api/user/device/status", token: user.token, text: Self.command))

            #expect(
                answer.text
                    == #"{"error":503,"errmsg":"Device Offline","msg":"Device Offline","info":"Device Offline"}"#
            )
        }
    }

    @Test("A device that does not answer within 8 s is 504")
    func silent() async throws {
        let answer = try await control(Self.command) { rig, _, _ in rig.clocks.advance(by: .seconds(8)) }.answer

        #expect(answer.error == 504)
        #expect(answer.keys == ["error", "errmsg", "msg", "info"])
    }

    @Test("A device's own error is passed on", arguments: [422, 400, -1])
    func refused(error: Int) async throws {
        let answer = try await control(Self.command) { _, device, command in
            try await device.answer(command, error: error)
        }.answer

        #expect(answer.error == error)
    }

    @Test("One member under two spellings is not checked as one and sent as the other")
    func twoSpellings() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let device = try await TestPeer.device(of: rig)
            defer { device.abort() }
            for body in [
                #"{"deviceid":"1000a1b2c3","params":"on","p\u0061rams":{"switch":"on"}}"#,
                #"{"deviceid":"1000a1b2c3","p\u0061rams":{"switch":"on"},"params":{"switch":"off"}}"#,
                #"{"deviceid":"1000a1b2c3","Params":{"switch":"on"}}"#,
            ] {
                let answer = try await rig.send(.post("/api/user/device/status", token: user.token, text: body))
                #expect(answer.error == 400, "\(body)")
            }
            try await device.settle()
        }
    }
}
