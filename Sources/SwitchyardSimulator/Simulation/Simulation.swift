import Synchronization

/// Many simulated devices against one server.
package struct Simulation: Sendable {
    package let plan: SimulationPlan
    package let server: ServerAddress
    package let trust: ServerTrust
    package var settings = DeviceSettings()
    /// How many devices dispatch and connect at a time.
    package var connectLimit = DeviceNetwork.defaultConnectLimit
    package var clock: any Clock<Duration> = ContinuousClock()

    package init(plan: SimulationPlan, server: ServerAddress, trust: ServerTrust) {
        self.plan = plan
        self.server = server
        self.trust = trust
    }

    /// Runs all devices until the task is cancelled or the last device has been refused.
    ///
    /// - Parameter onEvent: is called with each event, from several tasks at a time; it must not block.
    /// - Returns: how many devices were refused.
    /// - Throws: `SimulatorError` if the trust cannot be set up.
    @discardableResult
    package func run(
        onEvent: @escaping @Sendable (SimulatedDeviceIdentity, SimulatedDeviceEvent) -> Void
    ) async throws -> Int {
        try await DeviceNetwork.with(server: server, trust: trust, connectLimit: connectLimit) { network in
            let refused = Refusals()
            await withDiscardingTaskGroup { group in
                for identity in plan.devices {
                    let device = SimulatedDevice(
                        identity,
                        settings: settings,
                        network: network,
                        clock: clock,
                        keptEvents: 0
                    ) { onEvent(identity, $0) }
                    group.addTask {
                        if case .refused = await device.run() { refused.count.add(1, ordering: .relaxed) }
                    }
                }
            }
            return refused.count.load(ordering: .relaxed)
        }
    }
}

/// Counts the devices that were refused.
private final class Refusals: Sendable {
    let count = Atomic(0)
}
