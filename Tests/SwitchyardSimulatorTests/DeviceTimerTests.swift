import CoolkitWire
import SwitchyardSimulator
import Testing

/// Timers that the device runs itself, in UTC by the server's answer to `date`: a Tuesday, 22:20.
///
/// Source: `coolkit-websocket.md` §9, `coolkit-device-side.md` §9.8.
@Suite struct DeviceTimerTests {
    private func online(_ timers: String, uiid: Int = 1) throws -> DeviceRig {
        var settings = DeviceSettings()
        settings.signalInterval = .seconds(100_000_000)
        var rig = try DeviceRig.online(uiid: uiid, settings: settings)
        #expect(rig.receive(commandText(#"{"timers":[\#(timers)]}"#)).sent.first?["error"] == 0)
        return rig
    }

    /// The moments of the reports, in whole seconds from now on, with their `switch`.
    private func runs(_ rig: inout DeviceRig, for seconds: Int) -> [String] {
        var runs: [String] = []
        let start = rig.now
        while rig.now < start + .seconds(seconds) {
            for report in DeviceRig.reports(rig.live(for: .seconds(60))) {
                guard let state = report["switch"]?.stringValue else { continue }
                runs.append("\((rig.now - start).components.seconds / 60) \(state)")
            }
        }
        return runs
    }

    @Test("A timer runs once, at its moment, and is switched off then")
    func once() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"once","coolkit_timer_type":"once","at":"2023-11-14T22:50:00.000Z","do":{"switch":"on"}}"#
        )

        #expect(rig.live(for: .seconds(1_799)).sent.isEmpty)
        let report = DeviceRig.reports(rig.live(for: .seconds(1)))

        #expect(report.map { $0["switch"] } == ["on"])
        #expect(report.first?["timers"]?.arrayValue?.map { $0["enabled"] } == [0])
        rig.receive(commandText(#"{"switch":"off"}"#))
        #expect(rig.live(for: .seconds(90_000)).sent.isEmpty)
    }

    @Test(
        "A countdown counts from its at, or without one from its coming",
        arguments: [
            #""at":"2023-11-14T22:30:00.000Z","period":"10""#, #""period":"10""#,
        ]
    )
    func countdown(members: String) throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"once","coolkit_timer_type":"delay",\#(members),"do":{"switch":"on"}}"#
        )

        #expect(runs(&rig, for: 3_600) == ["10 on"])
    }

    @Test(
        "A repeated timer runs at its minute, on its weekdays, in UTC",
        arguments: [
            ("30 22 * * 2", [10.0]), ("30 22 * * 3", [1_450]), ("0 6 * * 3,4", [460, 1_900]),
            ("20 22 * * *", [1_440, 2_880]), ("30 22 * * 0", []), ("30 22 * * 7", []),
        ]
    )
    func repeated(at: String, minutes: [Double]) throws {
        var rig = try online(#"{"enabled":1,"mId":"a","type":"repeat","at":"\#(at)","do":{"switch":"on"}}"#)
        var runs: [Double] = []

        // Two days and a bit.
        for minute in 1...3_000 {
            guard DeviceRig.reports(rig.live(for: .seconds(60))).contains(where: { $0["switch"] == "on" }) else {
                continue
            }
            runs.append(Double(minute))
            rig.receive(commandText(#"{"switch":"off"}"#))
        }

        #expect(runs == minutes)
    }

    @Test("A duration runs every B minutes, and its end C minutes later")
    func duration() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"duration","at":"2023-11-14T22:25:00.000Z 30 10","startDo":{"switch":"on"},"endDo":{"switch":"off"}}"#
        )

        #expect(runs(&rig, for: 4_800) == ["5 on", "15 off", "35 on", "45 off", "65 on", "75 off"])
    }

    @Test("A duration without end does the same every B minutes")
    func plainDuration() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"duration","at":"2023-11-14T22:00:00.000Z 15","do":{"switch":"on"}}"#
        )

        #expect(runs(&rig, for: 600) == ["10 on"])
    }

    @Test("A timer switches one channel of several, and what it does inches like a command")
    func channel() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"once","at":"2023-11-14T22:21:00.000Z","do":{"switches":[{"switch":"on","outlet":1}]}}"#,
            uiid: 4
        )
        rig.receive(commandText(#"{"pulses":[{"pulse":"on","width":500,"outlet":1}]}"#))

        let reports = DeviceRig.reports(rig.live(for: .seconds(70)))

        let states = reports.compactMap { $0["switches"]?.arrayValue?.map { $0["switch"] == "on" } }
        #expect(states == [[false, true, false, false], [false, false, false, false]])
    }

    @Test(
        "What is switched off, over, or no timer does nothing",
        arguments: [
            #"{"enabled":0,"type":"once","at":"2023-11-14T22:30:00.000Z","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"once","at":"2023-11-14T22:19:00.000Z","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"once","at":"soon","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"once","at":"2023-11-14T22:30:00.000","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"repeat","at":"61 22 * * *","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"repeat","at":"30 22 * *","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:30:00.000Z 0","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"duration","at":"2023-11-14T22:30:00.000Z 5 5","do":{"switch":"on"}}"#,
            #"{"enabled":1,"type":"never","at":"2023-11-14T22:30:00.000Z","do":{"switch":"on"}}"#, "{}",
        ]
    )
    func idle(timer: String) throws {
        var rig = try online(timer)

        #expect(rig.live(for: .seconds(90_000)).sent.isEmpty)
    }

    @Test("Timers run while the device is offline, and it comes back with what they did")
    func offline() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"once","at":"2023-11-14T22:21:00.000Z","do":{"switch":"on"}}"#
        )
        rig.feed(.arrived(attempt: 1, .closed(code: nil)))

        rig.live(for: .seconds(61))
        #expect(rig.behaviour.params["switch"] == "on")
        rig.feed(.connected(attempt: rig.attempt))
        rig.receive(DeviceRig.goodRegister)
        let full = rig.receive(DeviceRig.date).sent.first
        #expect(full?["params"]?["switch"] == "on")
        #expect(full?["params"]?["timers"]?.arrayValue?.map { $0["enabled"] } == [0])
    }

    @Test("The full report leaves unchanged timers to the server, whose list the device takes again")
    func merged() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"once","at":"2023-11-14T22:21:00.000Z","do":{"switch":"on"}}"#
        )
        rig.live(for: .seconds(61))
        rig.feed(.arrived(attempt: 1, .closed(code: nil)))
        rig.feed(.connected(attempt: rig.attempt))
        rig.receive(DeviceRig.goodRegister)

        let full = rig.receive(DeviceRig.date).sent.first
        rig.receive(DeviceRig.good)
        rig.receive(
            #"""
            {"error":0,"params":{"timers":[{"enabled":1,"mId":"a","type":"once","at":"2023-11-14T22:21:00.000Z",
            "do":{"switch":"on"}},{"enabled":1,"mId":"b","type":"repeat","at":"25 22 * * *","do":{"switch":"off"}}]}}
            """#
        )

        #expect(full?["params"]?["timers"] == nil)
        #expect(rig.behaviour.params["timers"]?.arrayValue?.map { $0["enabled"] } == [0, 1])
        #expect(runs(&rig, for: 600) == ["5 off"])
    }

    @Test(
        "A clock that is only put right leaves no timer out and runs none twice",
        arguments: [
            ("2023-11-14T22:21:00.050Z", 59.9), ("2023-11-14T22:20:59.000Z", 61),
        ]
    )
    func smallJump(date: String, seconds: Double) throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"repeat","at":"21 22 * * *","do":{"switch":"on"}}"#
        )
        var reports = DeviceRig.reports(rig.live(for: .seconds(seconds)))
        rig.receive(commandText(#"{"switch":"off"}"#))

        rig.receive(#"{"error":0,"date":"\#(date)"}"#)
        reports += DeviceRig.reports(rig.live(for: .seconds(30)))

        #expect(reports.filter { $0["switch"] == "on" }.count == 1)
    }

    @Test("The clock is the server's, not the machine's")
    func clock() throws {
        var rig = try online(
            #"{"enabled":1,"mId":"a","type":"once","at":"2024-02-29T00:10:00Z","do":{"switch":"on"}}"#
        )

        rig.receive(#"{"error":0,"date":"2024-02-29T00:00:00.000Z"}"#)

        #expect(runs(&rig, for: 1_200) == ["10 on"])
    }
}
