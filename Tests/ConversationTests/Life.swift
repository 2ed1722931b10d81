import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport

/// A simulated device that runs, and the app of its owner, started and connected.
struct Life: Sendable {
    let server: TestServer
    let device: SimulatedDevice
    /// The device's own time; the server's is `server.clocks`.
    let deviceClock: ManualClock
    let app: SimulatedApp

    var deviceID: DeviceID { device.identity.deviceID }

    /// The next loss of the device's connection, or failure to make one.
    func nextDisconnection() async throws -> (reason: String, wait: Duration) {
        let event = try await device.nextEvent { if case .disconnected = $0 { true } else { false } }
        guard case .disconnected(let reason, let wait) = event else { throw TestFailure("not a loss: \(event)") }
        return (reason, wait)
    }

    /// Waits until the device is online, moving its clock over the waits of further attempts.
    ///
    /// An attempt may fail at dispatch: the server closes HTTP connections that were idle on its clock.
    func waitOutUntilOnline() async throws {
        while true {
            let event = try await device.nextEvent { event in
                if case .disconnected = event { true } else { event == .online }
            }
            guard case .disconnected(_, let wait) = event else { return }
            if wait > .zero { try await deviceClock.advance(by: wait) }
        }
    }

    /// A handshake that is refused for its token.
    func failHandshake() async throws {
        let peer = try await TestPeer("stranger", to: server)
        try await peer.send(#"{"action":"userOnline","at":"0123","apikey":"nobody"}"#)
        _ = try await peer.closeCode()
    }
}

/// Runs `body` with a device that comes online through `listener` by itself, and an app.
///
/// - Parameters:
///   - endsByItself: whether the device is expected to stop before it is told to.
///   - subDevices: of a gateway, in place of its usual ones.
func withLife(
    firmware: DeviceFirmware = .emulated,
    listener: TestListener = .public,
    endsByItself: Bool = false,
    eventLoops: Int = 2,
    kind: SimulatedDeviceKind = .singleSwitch,
    subDevices: [SimulatedDeviceKind]? = nil,
    faults: [DeviceFault] = [],
    seed: UInt64 = 0,
    _ body: @escaping @Sendable (Life) async throws -> Void
) async throws {
    let onLoops: ConfigurationChange = { $0.limits.eventLoops = eventLoops }
    try await withStage(changing: onLoops) { stage in
        let server = stage.server
        guard let deviceID = DeviceID(Stage.deviceID), let factoryKey = APIKey(Stage.factoryKey) else {
            throw TestFailure("not a deviceid or apikey")
        }
        let credentials = AppCredentials(
            appID: stage.application.id,
            appSecret: stage.application.secret,
            account: stage.ann.account.identifier,
            password: TestAccount.password
        )
        let trust = ServerTrust.authorities(file: server.authorityFile)
        try await withSimulatedApp(server: server.address(of: .public), trust: trust, credentials: credentials) { app in
            try await app.start()
            try await DeviceNetwork.with(server: server.address(of: listener), trust: .anybody) { network in
                let clock = ManualClock()
                var settings = DeviceSettings(firmware: firmware)
                settings.faults = faults
                settings.seed = seed
                var identity = SimulatedDeviceIdentity(deviceID: deviceID, factoryKey: factoryKey, kind: kind)
                if let subDevices { identity.subDevices = subDevices }
                let device = SimulatedDevice(
                    identity,
                    settings: settings,
                    network: network,
                    clock: clock
                )
                let life = Life(server: server, device: device, deviceClock: clock, app: app)
                try await run(life, endsByItself: endsByItself, body)
            }
        }
    }
}

private func run(
    _ life: Life,
    endsByItself: Bool,
    _ body: @escaping @Sendable (Life) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: SimulatedDevice.End?.self) { group in
        defer { group.cancelAll() }
        group.addTask { await life.device.run() }
        group.addTask {
            try await body(life)
            return nil
        }
        while let end = try await group.next() {
            if let end, !endsByItself { throw TestFailure("the device stopped by itself: \(end)") }
            if end == nil { return }
        }
    }
}
