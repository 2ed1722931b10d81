import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import Synchronization
import Testing

/// The runner over real sockets, with a clock that stands still.
@Suite struct SimulatedDeviceTests {
    /// Runs a device against a cloud while `body` goes on, then cancels it.
    private func withDevice(
        _ cloud: ScriptedCloud,
        settings: DeviceSettings = DeviceSettings(),
        clock: ManualClock = ManualClock(),
        _ body: @Sendable (SimulatedDevice, ManualClock) async throws -> Void
    ) async throws -> SimulatedDevice.End {
        try await cloud.serve { address in
            try await DeviceNetwork.with(server: address, trust: .system) { network in
                let device = SimulatedDevice(DeviceRig.identity(), settings: settings, network: network, clock: clock)
                async let end = device.run()
                try await body(device, clock)
                return await end
            }
        }
    }

    @Test("A device comes online, takes a command and reports it", arguments: [DeviceFirmware.emulated, .sonoff155])
    func online(firmware: DeviceFirmware) async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud, settings: DeviceSettings(firmware: firmware)) { device, _ in
            try await device.waitUntilOnline()
            _ = try await cloud.next("update")

            cloud.sendToDevice(commandText(#"{"switch":"on"}"#))

            #expect(try await cloud.next(nil)["sequence"] == "1700000500000")
            #expect(try await cloud.next("update")["params"] == ["switch": "on"])
            #expect(device.params["switch"] == "on")
            #expect(cloud.state.withLock { $0.requests.map(\.method) } == [.POST])
        }
    }

    @Test("A press on the button is reported")
    func button() async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud) { device, _ in
            try await device.waitUntilOnline()
            _ = try await cloud.next("update")

            #expect(device.localChange(["switch": "on"]))

            #expect(try await cloud.next("update")["params"] == ["switch": "on"])
        }
    }

    @Test("A device whose connection is cut comes back at once, through dispatch")
    func cut() async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud) { device, _ in
            try await device.waitUntilOnline()

            device.cutConnection()

            try await device.waitUntilOnline()
            #expect(cloud.state.withLock { $0.requests.count } == 2)
        }
    }

    @Test("A device waits 30 s, 30 s, then 60 s for a server that turns it away", arguments: [true, false])
    func backOff(atDispatch: Bool) async throws {
        let cloud = ScriptedCloud()
        cloud.state.withLock { state in
            if atDispatch { state.dispatchError = 500 } else { state.registration = .close }
        }
        try await withRunningDevice(cloud) { device, clock in
            for (number, seconds) in [30, 30, 60].enumerated() {
                let event = try await device.nextEvent { if case .disconnected = $0 { true } else { false } }
                guard case .disconnected(_, let wait) = event else { continue }
                #expect(wait == .seconds(seconds))
                if number == 2 {
                    cloud.state.withLock { state in
                        state.dispatchError = 0
                        state.registration = .accept
                    }
                }
                try await clock.advance(by: wait)
            }

            try await device.waitUntilOnline()
        }
    }

    @Test("The heartbeat keeps going as the clock does")
    func heartbeat() async throws {
        let cloud = ScriptedCloud()
        try await withRunningDevice(cloud, settings: DeviceSettings(firmware: .emulated, keepAlive: .date)) {
            device,
            clock in
            try await device.waitUntilOnline()
            _ = try await cloud.next("date")

            for _ in 0..<3 {
                try await clock.advance(by: .seconds(42))
                _ = try await cloud.next("date")
            }
        }
    }

    @Test("A refusal ends the run, and says which", arguments: [403, 404, 415])
    func refused(code: Int) async throws {
        let cloud = ScriptedCloud()
        cloud.state.withLock { $0.registration = .refuse(code) }

        let end = try await withDevice(cloud) { device, _ in
            let event = try await device.nextEvent { if case .refused = $0 { true } else { false } }
            #expect(event == .refused(code))
        }

        #expect(end == .refused(code))
    }

    @Test("Three hundred devices of all kinds run in one process")
    func many() async throws {
        let cloud = ScriptedCloud()
        var plan = SimulationPlan()
        for number in 0..<300 {
            let kind = SimulatedDeviceKind.all[number % SimulatedDeviceKind.all.count]
            try plan.add(device: "10000\(number + 10_000):key:\(kind.uiid)")
        }
        let online = Inbox<DeviceID>(capacity: 1_000)

        try await cloud.serve { address in
            var simulation = Simulation(plan: plan, server: address, trust: .system)
            simulation.settings.firmware = .emulated
            let all = simulation
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await all.run { identity, event in
                        if event == .online { _ = online.deliver(identity.deviceID) }
                    }
                }
                for _ in plan.devices {
                    try await withDeadline(.seconds(60), waitingFor: "the next device to come online") {
                        _ = try await online.next { _ in true }
                    }
                }
                group.cancelAll()
            }
        }
    }

    @Test("A simulation runs all devices of its plan, and ends when all were refused")
    func simulation() async throws {
        let cloud = ScriptedCloud()
        cloud.state.withLock { $0.registration = .refuse(404) }
        var plan = SimulationPlan()
        try plan.add(count: 20, seed: 1)
        let refusals = Inbox<DeviceID>(capacity: 100)

        let count = try await cloud.serve { address in
            var simulation = Simulation(plan: plan, server: address, trust: .system)
            simulation.connectLimit = 3
            return try await simulation.run { identity, event in
                if event == .refused(404) { _ = refusals.deliver(identity.deviceID) }
            }
        }

        #expect(count == 20)
        #expect(Set(refusals.drain()) == Set(plan.devices.map(\.deviceID)))
    }
}
