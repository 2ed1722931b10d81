import CoolkitWire
import NIOCore
import SwitchyardSimulator
import Testing

/// OTA, from the command to the new version.
///
/// Source: `coolkit-device-side.md` §7, `coolkit-websocket.md` §6.4.
@Suite struct DeviceUpgradeTests {
    static func command(
        model: String = "PSF-B01-GL",
        version: String = "3.3.0",
        names: [String] = ["user1.bin", "user2.bin"],
        base: String = "http://127.0.0.1:1/ota/rom/k1/",
        digest: String = "00"
    ) -> String {
        let list = names.map { #"{"downloadUrl":"\#(base)\#($0)","digest":"\#(digest)","name":"\#($0)"}"# }
        return commandText(
            #"{"model":"\#(model)","version":"\#(version)","binList":[\#(list.joined(separator: ","))]}"#,
            action: "upgrade"
        )
    }

    @Test("An upgrade is downloaded, acknowledged, and shows in the reports of the next connection")
    func success() throws {
        var rig = DeviceRig.online()

        let begin = rig.receive(Self.command())
        let end = rig.feed(.downloaded(failure: nil))

        #expect(begin.told == [.upgrading(version: "3.3.0")])
        #expect(begin.sent.isEmpty)
        #expect(end.sent.map { $0["error"] } == [0])
        #expect(end.sent.first?["sequence"] == "1700000500000")
        #expect(end.told.map(\.name) == ["upgraded", "disconnected"])
        #expect(rig.live(for: .seconds(2)).told == [.connecting])
        let register = rig.feed(.connected(attempt: 2)).sent
        #expect(register.first?["romVersion"] == "3.3.0")
        rig.receive(DeviceRig.goodRegister)
        let full = rig.receive(DeviceRig.date).sent.first?["params"]
        #expect(full?["fwVersion"] == "3.3.0")
        #expect(full?["only_device"] == ["ota": "success"])
        #expect(rig.behaviour.params["only_device"] == nil)
    }

    @Test("Relays come up as startup says", arguments: [("on", "on"), ("off", "off"), ("stay", "on")])
    func startup(setting: String, state: String) throws {
        var rig = DeviceRig.online()
        rig.receive(commandText(#"{"switch":"on","startup":"\#(setting)"}"#))

        rig.receive(Self.command())
        rig.feed(.downloaded(failure: nil))

        #expect(rig.behaviour.params["switch"]?.stringValue == state)
    }

    @Test("Each channel comes up as configure says")
    func startupOfChannels() throws {
        var rig = DeviceRig.online(.fourChannelSwitch)
        rig.receive(commandText(#"{"switches":[{"switch":"on","outlet":1},{"switch":"on","outlet":2}]}"#))
        rig.receive(commandText(#"{"configure":[{"startup":"on","outlet":0},{"startup":"stay","outlet":1}]}"#))

        rig.receive(Self.command(model: "PSF-B04-GL"))
        rig.feed(.downloaded(failure: nil))

        let states = rig.behaviour.params["switches"]?.arrayValue?.map { $0["switch"] == "on" }
        #expect(states == [true, true, false, false])
    }

    @Test("A failed download is answered with 404, and the device stays as it was")
    func failure() throws {
        var rig = DeviceRig.online()
        rig.receive(Self.command())

        let actions = rig.feed(.downloaded(failure: "too fast"))

        #expect(actions.sent.map { $0["error"] } == [404])
        #expect(actions.told == [.upgradeFailed(reason: "too fast")])
        #expect(rig.behaviour.isOnline)
        #expect(rig.behaviour.params["fwVersion"] == "3.0.1")
    }

    @Test("An upgrade for another model cuts the link")
    func otherModel() throws {
        var rig = DeviceRig.online()

        let actions = rig.receive(Self.command(model: "OTHER"))

        #expect(actions.sent.isEmpty)
        #expect(actions.told.map(\.name) == ["disconnected", "connecting"])
    }

    @Test(
        "An upgrade without both images, or without version, is refused with 400",
        arguments: [
            command(names: ["user1.bin"]), command(names: []), command(version: ""),
            command(names: Array(repeating: "user1.bin", count: 8) + ["user2.bin"]),
            commandText(
                #"{"model":"PSF-B01-GL","version":"1","binList":[{"downloadUrl":7},{"name":"user2.bin"}]}"#,
                action: "upgrade"
            ),
            commandText("7", action: "upgrade"),
        ]
    )
    func malformed(text: String) throws {
        var rig = DeviceRig.online()

        let actions = rig.receive(text)

        #expect(actions.sent.map { $0["error"] } == [400])
        #expect(actions.told.isEmpty)
    }

    @Test("A second upgrade while one is under way is refused, a download nobody asked for ignored")
    func twice() throws {
        var rig = DeviceRig.online()
        #expect(rig.feed(.downloaded(failure: nil)).isEmpty)
        rig.receive(Self.command())

        #expect(rig.receive(Self.command()).sent.map { $0["error"] } == [400])
    }

    @Test("A link that breaks during the download changes nothing about its end")
    func brokenLink() throws {
        var rig = DeviceRig.online()
        rig.receive(Self.command())
        rig.feed(.arrived(attempt: 1, .closed(code: nil)))

        let end = rig.feed(.downloaded(failure: nil))

        #expect(end.sent.isEmpty)
        #expect(end.told == [.upgraded(version: "3.3.0")])
        rig.goOnline()
        #expect(rig.behaviour.params["fwVersion"] == "3.3.0")
    }
}
