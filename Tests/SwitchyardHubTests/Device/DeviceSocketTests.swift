import CoolkitWire
import NIOCore
import NIOEmbedded
import Testing

@testable import SwitchyardCore
@testable import SwitchyardHub

@Suite("Device sockets")
struct DeviceSocketTests {
    private let origin = RecordingOrigin()

    private func send(_ params: String = #"{"switch":"on"}"#, sequence: String = "7", in rig: HubRig) throws {
        try rig.hub.commands.send(
            ByteBuffer(string: params),
            sequence: SequenceText(sequence),
            to: HubRig.deviceID,
            from: .operatorOfServer,
            origin: origin
        )
    }

    @Test("A device that goes hands its commands to its next session, which fails them at the deadline")
    func handsOver() throws {
        let rig = try HubRig()
        _ = try rig.addDevice()
        let first = try rig.connectDevice()
        _ = try first.sent()
        try send(in: rig)
        #expect(try first.sent().count == 1)

        try first.drop()
        rig.advance(by: .seconds(1))
        let second = try rig.connectDevice()

        let frames = try second.sent()
        #expect(frames.count == 2)
        #expect(frames.first?.hasPrefix(#"{"error":0"#) == true)
        #expect(frames.last?.hasPrefix(#"{"action":"update""#) == true)
        #expect(origin.outcomes.isEmpty)
        rig.advance(by: .milliseconds(7_200))
        #expect(origin.outcomes == ["timed out"])
        try second.send(#"{"error":0,"sequence":"7"}"#)
        #expect(origin.outcomes == ["timed out"])
    }

    @Test("A device that has gone when its register is answered leaves no session, and may come again")
    func goneAtOnce() throws {
        let rig = try HubRig()
        let device = try rig.addDevice()
        for _ in 0..<2 { try HubSocket(rig, breaks: true).register() }
        rig.loop.run()

        #expect(rig.hub.sessionDirectory.sessions().isEmpty)
        #expect(device.link == nil)
        rig.advance(by: rig.hub.settings.offlineGrace)
        let socket = try rig.connectDevice()
        #expect(try socket.sent().first?.hasPrefix(#"{"error":0"#) == true)
    }

    @Test("A second session takes over at once, commands included, and apps hear nothing")
    func takesOver() throws {
        let rig = try HubRig()
        rig.addToken("a")
        let device = try rig.addDevice()
        let first = try rig.connectDevice()
        let app = try rig.connectApp(token: "a")
        _ = try (first.sent(), app.sent())
        try send(in: rig)

        let second = try rig.connectDevice()

        #expect(try first.sent().last == "close 1008")
        #expect(try second.sent().count == 2)
        try second.send(#"{"error":0,"sequence":"7"}"#)
        #expect(origin.outcomes == ["acknowledged"])
        try first.drop()
        rig.advance(by: .seconds(10))
        #expect(device.snapshot.isOnline)
        #expect(try app.sent().allSatisfy { !$0.contains("sysmsg") })
    }

    @Test("A command that comes to a session which has just ended goes to the next one")
    func catchesLateCommands() throws {
        let rig = try HubRig()
        let device = try rig.addDevice()
        let first = try rig.connectDevice()
        let link = try #require(device.link)
        try first.drop()
        let second = try rig.connectDevice()
        _ = try second.sent()

        // Another thread had looked up the link before the session ended.
        let now = rig.hub.clock.now
        link.deliver(
            DeviceCommand(
                device: device,
                params: ByteBuffer(string: "{}"),
                sequence: SequenceText("7"),
                origin: origin,
                issuedAt: now,
                deadline: now.advanced(by: .seconds(8))
            )
        )

        #expect(try second.sent().count == 1)
        try second.send(#"{"error":0,"sequence":"7"}"#)
        #expect(origin.outcomes == ["acknowledged"])
    }

    @Test("When the grace is over, waiting commands fail and the device is offline")
    func goesOffline() throws {
        let rig = try HubRig()
        let device = try rig.addDevice()
        let socket = try rig.connectDevice()
        try socket.drop()
        try send(in: rig)
        #expect(origin.outcomes.isEmpty)

        rig.advance(by: .milliseconds(3_200))

        #expect(origin.outcomes == ["timed out"])
        #expect(!device.snapshot.isOnline)
        try send(in: rig)
        #expect(origin.outcomes == ["timed out", "offline"])
    }

    @Test("A long grace does not hold a command beyond its deadline")
    func failsParked() throws {
        let rig = try HubRig { $0.offlineGrace = .seconds(300) }
        _ = try rig.addDevice()
        let socket = try rig.connectDevice()
        try send(sequence: "1", in: rig)
        try socket.drop()
        rig.advance(by: .seconds(4))
        try send(sequence: "2", in: rig)

        rig.advance(by: .milliseconds(4_200))
        #expect(origin.outcomes == ["timed out"])
        rig.advance(by: .seconds(8))

        #expect(origin.outcomes == ["timed out", "timed out"])
    }

    @Test("A removed device's session is closed and its commands end, once")
    func isRemoved() throws {
        let rig = try HubRig()
        _ = try rig.addDevice()
        let socket = try rig.connectDevice()
        _ = try socket.sent()
        try send(in: rig)

        rig.removeDevice()

        #expect(try socket.sent().last == "close 1008")
        try socket.drop()
        rig.advance(by: .seconds(20))
        #expect(origin.outcomes == ["offline"])
        let again = try rig.connectDevice()
        #expect(try again.sent() == [#"{"error":415,"deviceid":"1000a1b2c3"}"#])
    }

    @Test("A device that was removed between its lookup and its registration leaves nothing behind")
    func isRemovedMeanwhile() throws {
        let rig = try HubRig()
        let device = try rig.addDevice()
        _ = device.remove()

        let socket = try rig.connectDevice()

        #expect(try socket.sent() == [#"{"error":404,"deviceid":"1000a1b2c3"}"#])
        #expect(rig.hub.sessionDirectory.sessions().isEmpty)
        #expect(device.link == nil)
    }

    @Test("A report that counts as the ack says what the state is, whatever was commanded")
    func acksByUpdate() throws {
        let rig = try HubRig()
        let device = try rig.addDevice(options: DeviceOptions(ackByUpdate: true))
        let socket = try rig.connectDevice()
        try send(#"{"switch":"on"}"#, in: rig)

        try socket.send(#"{"action":"update","params":{"switch":"off"}}"#)

        #expect(origin.outcomes == ["acknowledged"])
        #expect(String(decoding: device.snapshot.params, as: UTF8.self) == #"{"switch":"off"}"#)
    }

    @Test("An app's command is 503 beyond what may wait for a device")
    func isBounded() throws {
        let rig = try HubRig()
        _ = try rig.addDevice()
        _ = try rig.connectDevice()

        for number in 0..<66 { try send(sequence: "\(number)", in: rig) }

        #expect(origin.outcomes == ["busy", "busy"])
        rig.advance(by: .milliseconds(8_200))
        #expect(origin.outcomes.count == 66)
    }

    @Test("The answer to a report waits for its commit, and what comes behind it waits along")
    func answersInOrder() throws {
        let rig = try HubRig()
        let device = try rig.addDevice()
        let socket = try rig.connectDevice()
        _ = try socket.sent()
        try socket.send(#"{"action":"update","params":{"switch":"on"},"d_seq":1}"#)
        try socket.send(#"{"action":"query","params":["switch"],"d_seq":2}"#)
        try socket.send(#"{"action":"update","params":{"switch":"off"},"d_seq":3}"#)
        #expect(try socket.sent().isEmpty)
        let link = try #require(device.link)

        link.reportStored(ticket: 2, succeeded: false)
        #expect(try socket.sent().isEmpty)
        link.reportStored(ticket: 1, succeeded: true)

        let head = #""deviceid":"1000a1b2c3","apikey":"aaaa1111-bbbb-4ccc-8ddd-eeee22220001""#
        #expect(
            try socket.sent() == [
                "{\"error\":0,\(head),\"d_seq\":1}", "{\"error\":0,\(head),\"params\":{\"switch\":\"on\"},\"d_seq\":2}",
                #"{"error":500,"deviceid":"1000a1b2c3","d_seq":3}"#,
            ]
        )
    }

    // MARK: Held and probed

    @Test("An unknown device waits for somebody to add it, and is refused when nobody does")
    func isHeld() throws {
        let rig = try HubRig()
        let (patient, late) = (try rig.connectDevice(), try rig.connectDevice())
        rig.advance(by: .seconds(2))
        #expect(try patient.sent().isEmpty)
        try late.drop()

        _ = try rig.addDevice()
        rig.loop.run()

        #expect(try patient.sent().first?.hasPrefix(#"{"error":0"#) == true)
        rig.removeDevice()
        let refused = try rig.connect()
        try refused.register(deviceID: "1000a1b2ff")
        rig.advance(by: .milliseconds(4_200))
        #expect(try refused.sent() == [#"{"error":404,"deviceid":"1000a1b2ff"}"#])
    }

    @Test("To an address that goes through ids a device and its absence are alike, in time too; a right key is let in")
    func hidesIDs() throws {
        let rig = try HubRig {
            $0.unknownDevicesPerAddress = 2
            $0.failedHandshakeLimit = 3
        }
        _ = try rig.addDevice()
        let asked = try ["1000000001", "1000000002"].map { try rig.connect(registering: $0, key: "wrong") }
        rig.advance(by: .milliseconds(4_200))
        #expect(try asked.map { try $0.sent().count } == [1, 1])

        let sockets = try ["1000000003", HubRig.deviceID.rawValue].map {
            try rig.connect(registering: $0, key: "wrong")
        }
        #expect(try sockets.map { try $0.sent() } == [[], []])
        rig.advance(by: .milliseconds(4_200))

        #expect(try sockets.map { try $0.sent().map { $0.prefix(10) } } == [["close 1008"], ["close 1008"]])
        #expect(try asked[0].isOpen && rig.connectDevice().sent().first?.hasPrefix(#"{"error":0"#) == true)
    }

    @Test(
        "A house full of devices that nobody has added shuts out none that is there; guesses at one key come to an end"
    )
    func unheard() throws {
        let rig = try HubRig {
            $0.unknownDevicesPerAddress = 2
            $0.failedHandshakeLimit = 3
        }
        _ = try rig.addDevice()
        func guess(_ devices: [String]) throws {
            for device in devices { _ = try rig.connect(registering: device, key: "wrong") }
            rig.advance(by: .milliseconds(4_200))
        }

        try guess((10..<30).map { "10000000\($0)" })
        #expect(rig.hub.admits(""))
        #expect(try rig.connectDevice().sent().first?.hasPrefix(#"{"error":0"#) == true)

        try guess(Array(repeating: HubRig.deviceID.rawValue, count: 4))
        #expect(rig.hub.admits(""))
        let right = try rig.connectDevice()
        #expect(try right.sent() == [])
        rig.advance(by: .milliseconds(4_200))
        #expect(try right.sent().map { $0.prefix(10) } == ["close 1008"])
        rig.advance(by: .seconds(60))
        #expect(try rig.connectDevice().sent().first?.hasPrefix(#"{"error":0"#) == true)
    }

    @Test(
        "A device may register thirty times at once on a socket, whether it was added or only kept",
        arguments: [true, false]
    )
    func registersAgain(isAdded: Bool) throws {
        let rig = try HubRig { $0.autoAdopt = !isAdded }
        if isAdded { _ = try rig.addDevice() }
        let socket = try rig.connectDevice()
        rig.advance(by: .milliseconds(4_200))

        for _ in 0..<29 { try socket.register() }
        #expect(try socket.sent().count { $0.hasPrefix(#"{"error":0"#) } == 30)
        for _ in 0..<5 { try socket.register() }

        #expect(try socket.sent().last == "close 1008")
    }

    @Test("With oldestIfAlive the older session keeps its device if it answers", arguments: [true, false])
    func probes(isAlive: Bool) throws {
        let rig = try HubRig { $0.takeover = .oldestIfAlive }
        _ = try rig.addDevice()
        let older = try rig.connectDevice()
        _ = try older.sent()

        let newer = try rig.connectDevice()
        #expect(try older.sent() == ["ping"])
        if isAlive { try older.sendPong() }
        rig.advance(by: .milliseconds(3_200))

        let (olderFrames, newerFrames) = (try older.sent(), try newer.sent())
        #expect(olderFrames == (isAlive ? [] : ["close 1008"]))
        #expect(newerFrames.count == 1)
        #expect(newerFrames.first?.hasPrefix(isAlive ? "close 1008" : #"{"error":0"#) == true)
    }

    @Test("A register that is repeated while the older session is probed makes one session")
    func probesOnce() throws {
        let rig = try HubRig { $0.takeover = .oldestIfAlive }
        _ = try rig.addDevice()
        let older = try rig.connectDevice()
        let newer = try rig.connectDevice()
        try newer.register()
        _ = try older.sent()

        rig.advance(by: .milliseconds(3_200))

        #expect(newer.isOpen)
        #expect(try newer.sent().count == 1)
        #expect(rig.hub.sessionDirectory.sessions().count == 2)
        try older.drop()
        #expect(rig.hub.sessionDirectory.sessions().count == 1)
    }

    @Test("A socket that became an app's while the older session was probed stays the app's")
    func staysApp() throws {
        let rig = try HubRig { $0.takeover = .oldestIfAlive }
        rig.addToken("a")
        _ = try rig.addDevice()
        _ = try rig.connectDevice()
        let newer = try rig.connectDevice()
        try newer.send("{\"action\":\"userOnline\",\"at\":\"a\",\"apikey\":\"\(HubRig.apiKey)\"}")

        rig.advance(by: .milliseconds(3_200))

        #expect(newer.isOpen)
        try newer.drop()
        #expect(rig.hub.sessions.isEmpty)
        #expect(rig.hub.sessionDirectory.sessions().count == 1)
    }

    @Test("The server's own sequences never repeat, on any thread")
    func makesSequences() async throws {
        let hub = try HubRig().hub

        let sequences = await withTaskGroup(of: [Int64].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2_000).map { _ in hub.makeCommandSequence() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }

        #expect(Set(sequences).count == 16_000)
        #expect(sequences.allSatisfy { String($0).count == 13 })
    }
}
