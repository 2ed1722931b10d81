import SwitchyardSimulator
import Testing

/// Runs a device against a cloud, with a clock that stands still, while `body` goes on; the device must not stop by itself.
func withRunningDevice<Value: Sendable>(
    _ cloud: ScriptedCloud = ScriptedCloud(),
    identity: SimulatedDeviceIdentity = DeviceRig.identity(),
    settings: DeviceSettings = DeviceSettings(),
    _ body: @escaping @Sendable (SimulatedDevice, ManualClock) async throws -> Value
) async throws -> Value {
    try await cloud.serve { address in
        try await DeviceNetwork.with(server: address, trust: .system) { network in
            let clock = ManualClock()
            let device = SimulatedDevice(identity, settings: settings, network: network, clock: clock)
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    let end = await device.run()
                    #expect(end == .cancelled, "the device stopped by itself")
                    return nil
                }
                group.addTask { try await body(device, clock) }
                while let first = try await group.next() {
                    if let value = first { return value }
                }
                throw SimulatorError(.connectionClosed, "the device stopped by itself")
            }
        }
    }
}
