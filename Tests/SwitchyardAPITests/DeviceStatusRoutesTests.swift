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

    /// Connects the device and sends it a command.
    private func control(
        _ body: String,
        outcome: CommandOutcome?
    ) async throws -> (answer: APIAnswer, commands: [String]) {
        var result: (APIAnswer, [String])?
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let device = AnsweringDevice(outcome ?? .offline)
            if outcome != nil {
                let live = try #require(DeviceID("1000a1b2c3").flatMap { rig.registry.device($0) })
                _ = live.attach(device, address: "192.0.2.20", at: rig.clocks.wallClock.now)
            }
            let answer = try await rig.send(.post("/api/user/device/status", token: user.token, text: body))
            result = (answer, device.commands)
        }
        return try #require(result)
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

        let (answer, commands) = try await control(body, outcome: .acknowledged(DeviceAck()))

        #expect(answer.text == #"{"error":0,"deviceid":"1000a1b2c3"}"#)
        #expect(commands == [params])
    }

    @Test("Offline is 503, no answer 504, and a device's own error is passed on")
    func failures() async throws {
        let body = #"{"deviceid":"1000a1b2c3","params":{"switch":"on"}}"#

        let offline = try await control(body, outcome: nil).answer
        let silent = try await control(body, outcome: .timedOut).answer
        let refused = try await control(body, outcome: .refused(deviceError: 422)).answer

        #expect(
            offline.text
                == #"{"error":503,"errmsg":"Device Offline","msg":"Device Offline","info":"Device Offline"}"#
        )
        #expect(silent.error == 504)
        #expect(refused.error == 422)
    }
}
