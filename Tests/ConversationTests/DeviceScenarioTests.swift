import CoolkitWire
import NIOCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// The conformance scenarios of `coolkit-device-side.md` §10.
@Suite struct DeviceScenarioTests {
    @Test(
        "D1: the upgrade with a bare line feed is accepted by the listeners for old firmware",
        arguments: ["scenario-d01-device", "scenario-d01-plain"]
    )
    func d1(transcript: String) async throws { try await play(transcript) }

    @Test("D2: the answer to register echoes d_seq as the number it was, and holds no text that looks like a command")
    func d2() async throws {
        try await play("scenario-d02")

        try await withStage { stage in
            let device = try await TestPeer("device", to: stage.server, through: .device, style: .opl)
            defer { device.abort() }
            try await device.send(
                """
                {"userAgent":"device","apikey":"\(Stage.factoryKey)","deviceid":"\(Stage.deviceID)",\
                "action":"register","version":"8","ts":1700000400,"d_seq":1700000400000}
                """
            )
            let answer = try await device.nextText()

            #expect(answer.contains(#""d_seq":1700000400000"#))
            #expect(!answer.contains("action"))
        }
    }

    @Test("D3: two commands within a millisecond reach the device in two TLS records", arguments: [1, 2])
    func d3(eventLoops: Int) async throws {
        let onLoops: ConfigurationChange = { $0.limits.eventLoops = eventLoops }
        try await withStage(changing: onLoops) { stage in
            let device = try await RecordedDevice(stage)
            let app = try await TestPeer.app(of: stage)
            defer { app.abort() }
            let commands = (1...2).map { number in
                #"{"action":"update","deviceid":"\#(Stage.deviceID)","sequence":"\#(number)","params":{"n":"\#(number)"}}"#
            }

            // In one write, so that the server reads both at once.
            try await app.sendRaw(commands.flatMap { MaskedFrame.text($0) })
            let first = try await device.nextText()
            let second = try await device.nextText()

            #expect(first.contains(#""params":{"n":"1"}"#))
            #expect(second.contains(#""params":{"n":"2"}"#))
            // What encryption adds to a record is the same for each, so each holds one frame and nothing else.
            let frames = [first, second].map { MaskedFrame.lengthFromServer(of: $0) }
            let records = device.records()
            #expect(records.count == 2)
            #expect(zip(records, frames).map { $0 - $1 } == [RecordedDevice.overhead, RecordedDevice.overhead])
            await device.close()
        }
    }

    @Test("D4: a query for timers that are not stored is answered with the number 0")
    func d4() async throws { try await play("scenario-d04") }

    @Test("D5: a deleted device hears 415 three times, then 404")
    func d5() async throws { try await play("scenario-d05") }

    @Test("D6: a deleted device of an old version hears 404")
    func d6() async throws { try await play("scenario-d06") }

    @Test("D7: a device that connects twice keeps the newer socket, and no app hears of it")
    func d7() async throws { try await play("scenario-d07") }

    @Test("D8: silence ends a session at 160 s, a control ping at 149 s keeps it")
    func d8() async throws { try await play("scenario-d08") }

    @Test("D9: a device that only sends date every 42 s stays")
    func d9() async throws { try await play("scenario-d09") }

    @Test("D10: a wrong factory apikey is 403")
    func d10() async throws { try await play("scenario-d10") }

    @Test("D11: when the ack never comes the app gets 504 at 8 s")
    func d11() async throws { try await play("scenario-d11") }

    @Test("D12: the answer to a sensor's report begins with error, another field follows, and the app hears of it")
    func d12() async throws { try await play("scenario-d12") }

    @Test(
        "D13: a register without mac is accepted, with strictRegister it is 400 and the end",
        arguments: ["scenario-d13", "scenario-d13-strict"]
    )
    func d13(transcript: String) async throws { try await play(transcript) }

    @Test("D14: a register without deviceid or apikey is 400 and the end")
    func d14() async throws { try await play("scenario-d14") }
}
