import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport

/// A server with a device that reports and obeys, and its owner.
func withReportingDevice(
    _ history: HistorySettings = HistorySettings(),
    _ body: @Sendable (TLSRig, _ user: (account: Account, token: String), TestPeer) async throws -> Void
) async throws {
    let setting: (inout ServerConfiguration) -> Void = { $0.history = history }
    try await withAPI(configuring: setting) { rig in
        try await rig.makeApplication()
        let user = try await rig.makeUser("ann@example.org")
        try await rig.addDevice(FaultWorld.ownDevice, to: user.account)
        let device = try await TestPeer.device(of: rig)
        try await body(rig, user, device)
        device.abort()
    }
}

/// Lets the device of a rig report a change, and waits until that is stored.
func report(_ params: String, by device: TestPeer) async throws {
    try await device.send(
        """
        {"action":"update","userAgent":"device","apikey":"\(TLSRig.deviceKey)","deviceid":"\(FaultWorld.ownDevice)",\
        "params":\(params)}
        """
    )
    _ = try await device.nextText()
}
