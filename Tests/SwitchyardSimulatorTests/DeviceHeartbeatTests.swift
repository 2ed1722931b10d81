import CoolkitWire
import SwitchyardSimulator
import Testing

/// Heartbeat, silence and reconnection.
///
/// Source: `coolkit-device-side.md` §9.5 and §9.9, `coolkit-websocket.md` §3.
@Suite struct DeviceHeartbeatTests {
    @Test(
        "The heartbeat comes every hbInterval + 7 s, every 90 s without hbInterval, never when hb is 0",
        arguments: [
            (#"{"hb":1,"hbInterval":145}"#, DeviceKeepAlive.controlPing, 152),
            (#"{"hb":1}"#, .controlPing, 90),
            (#"{}"#, .textPing, 90),
            (#"{"hb":1,"hbInterval":145}"#, .date, 42),
            (#"{"hb":1,"hbInterval":30}"#, .date, 1),
            (#"{"hb":0,"hbInterval":145}"#, .controlPing, nil),
        ] as [(String, DeviceKeepAlive, Int?)]
    )
    func interval(config: String, keepAlive: DeviceKeepAlive, seconds: Int?) {
        var rig = DeviceRig(settings: DeviceSettings(firmware: .emulated, keepAlive: keepAlive))

        rig.register(answer: #"{"error":0,"apikey":"\#(DeviceRig.owner)","config":\#(config)}"#)

        #expect(rig.timers[.heartbeat]?.wait == seconds.map { .seconds($0) })
    }

    @Test(
        "A ping that is answered keeps the connection",
        arguments: [
            (DeviceKeepAlive.controlPing, DeviceAction.sendPing, WebSocketEvent.pong),
            (.textPing, .sendTextPing, .text("pong")),
        ]
    )
    func pong(keepAlive: DeviceKeepAlive, ping: DeviceAction, pong: WebSocketEvent) throws {
        var rig = DeviceRig.online(settings: DeviceSettings(firmware: .emulated, keepAlive: keepAlive))

        for _ in 0..<3 {
            let beat = try rig.fire(.heartbeat)
            #expect(beat.contains(ping))
            #expect(rig.feed(.arrived(attempt: 1, pong)).isEmpty)
            let pongTimer = try #require(rig.timers[.pong])
            #expect(rig.feed(.timerFired(pongTimer.timer)).isEmpty)
        }

        #expect(rig.behaviour.isOnline)
    }

    @Test("3 s without pong lead back to dispatch, at once after a success")
    func missingPong() throws {
        var rig = DeviceRig.online()
        try rig.fire(.heartbeat)

        let actions = try rig.fire(.pong)

        #expect(rig.timers[.pong]?.wait == .seconds(3))
        #expect(actions.first == .close(attempt: 1))
        #expect(
            actions.told == [.disconnected(reason: "no pong came within 3.0 seconds", retryAfter: .zero), .connecting]
        )
    }

    @Test("date as heartbeat reconnects when two in a row are not answered")
    func date() throws {
        var rig = DeviceRig(settings: DeviceSettings(firmware: .opl))
        rig.register()
        rig.receive(DeviceRig.date)
        rig.receive(DeviceRig.good)

        let first = try rig.fire(.heartbeat).sent
        rig.receive(DeviceRig.date)
        let second = try rig.fire(.heartbeat).sent
        let third = try rig.fire(.heartbeat).sent
        let end = try rig.fire(.heartbeat)

        #expect([first, second, third].map { $0.map { $0["action"] } } == [["date"], ["date"], ["date"]])
        #expect(end.told.first == .disconnected(reason: "date was not answered twice", retryAfter: .zero))
    }

    @Test("160 s of silence lead back to dispatch, any frame starts them anew")
    func silence() throws {
        var rig = DeviceRig.online()
        rig.now = .seconds(100)
        rig.receive(DeviceRig.good)
        rig.now = .zero

        let early = try rig.fire(.silence)
        let late = try rig.fire(.silence)

        #expect(early.told.isEmpty)
        #expect(rig.now == .seconds(260))
        #expect(late.told.first == .disconnected(reason: "nothing came for 160.0 seconds", retryAfter: .zero))
    }

    @Test("The waits are 0, 30, 30, 60, 60, then 600 s, each attempt through dispatch")
    func backOff() throws {
        var rig = DeviceRig()
        rig.feed(.started)
        var waits: [Duration] = []

        for _ in 0..<7 {
            rig.feed(.connectionFailed(attempt: rig.attempt, reason: "refused"))
            waits.append(try #require(rig.timers[.reconnect]?.wait))
            let actions = try rig.fire(.reconnect)
            #expect(actions.first == .tell(.connecting))
        }

        #expect(waits == [30, 30, 60, 60, 600, 600, 600].map { .seconds($0) })
        #expect(rig.attempt == 8)
    }

    @Test("Success starts the waits anew")
    func reset() throws {
        var rig = DeviceRig()
        rig.feed(.started)
        for _ in 0..<4 {
            rig.feed(.connectionFailed(attempt: rig.attempt, reason: "refused"))
            try rig.fire(.reconnect)
        }
        rig.goOnline()

        let lost = rig.feed(.arrived(attempt: rig.attempt, .closed(code: 1_001)))
        let failed = rig.feed(.connectionFailed(attempt: rig.attempt, reason: "refused"))

        #expect(
            lost.told == [
                .disconnected(reason: "the server closed the connection with code 1001", retryAfter: .zero),
                .connecting,
            ]
        )
        #expect(failed.told == [.disconnected(reason: "refused", retryAfter: .seconds(30))])
    }

    @Test("What belongs to an earlier connection has no effect")
    func stale() throws {
        var rig = DeviceRig.online()
        let heartbeat = try #require(rig.timers[.heartbeat])
        rig.feed(.arrived(attempt: 1, .closed(code: nil)))

        let inputs: [DeviceInput] = [
            .timerFired(heartbeat.timer), .arrived(attempt: 1, .closed(code: nil)), .arrived(attempt: 1, .text("{}")),
            .connected(attempt: 1), .connectionFailed(attempt: 1, reason: "late"), .started,
        ]

        #expect(rig.attempt == 2)
        for input in inputs { #expect(rig.feed(input).isEmpty, "\(input)") }
    }

    @Test("A sensor drifts and reports what has changed, the same for the same device")
    func drift() throws {
        var rig = DeviceRig.online(.thermoHygrometer)
        var twin = DeviceRig.online(.thermoHygrometer)
        var reports: [JSONObject] = []
        var twinReports: [JSONObject] = []

        for _ in 0..<20 {
            reports += try rig.fire(.reading).sent
            twinReports += try twin.fire(.reading).sent
        }

        #expect(reports.count > 5)
        #expect(reports == twinReports)
        for report in reports {
            let params = try #require(report["params"]?.objectValue)
            #expect(!params.isEmpty)
            #expect(params.keys.allSatisfy { ["currentTemperature", "currentHumidity"].contains($0) })
            #expect(params.values.allSatisfy { $0.stringValue != nil })
        }
    }

    @Test("In automatic mode the thermostat holds the temperature between its targets")
    func thermostat() throws {
        var rig = DeviceRig.online(.thermoHygrometer)
        rig.receive(
            commandText(#"{"mainSwitch":"on","deviceType":"temperature","switch":"on"}"#)
        )
        var temperatures: [Double] = []
        var states: Set<String> = []

        for _ in 0..<400 {
            try rig.fire(.reading)
            let params = rig.behaviour.params
            temperatures.append(try #require(params["currentTemperature"]?.stringValue.flatMap(Double.init)))
            states.insert(try #require(params["switch"]?.stringValue))
        }

        #expect(states == ["on", "off"])
        #expect(temperatures.allSatisfy { (19.5...22.5).contains($0) })
    }

    @Test("A meter reports by itself only while an app watches it")
    func meter() throws {
        var rig = DeviceRig.online(.powerMeter)
        rig.receive(commandText(#"{"switch":"on"}"#))
        var unwatched: [JSONObject] = []
        var watched: [JSONObject] = []

        for _ in 0..<20 { unwatched += try rig.fire(.reading).sent }
        for _ in 0..<20 {
            rig.receive(commandText(#"{"uiActive":60}"#))
            watched += try rig.fire(.reading).sent
        }

        #expect(unwatched.isEmpty)
        #expect(!watched.isEmpty)
        #expect(watched.allSatisfy { $0["params"]?["power"] != nil || $0["params"]?["voltage"] != nil })
    }
}
