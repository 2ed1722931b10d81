import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport

extension Stage {
    /// Logs somebody in through another application.
    func logIn(_ player: Player, under application: ClientApplication) async throws -> TokenPair {
        try await server.switchyard.accounts.logIn(
            player.account.account.identifier,
            password: TestAccount.password,
            client: LoginClient(appID: application.id, address: "192.0.2.1")
        ).tokens
    }

    /// Shares Ann's device with Carol, too.
    func shareWithCarol() async throws {
        _ = try await server.switchyard.shares.add(
            Share(
                device: DeviceID(unchecked: Self.deviceID),
                owner: ShareParty(ann.account.account),
                receiver: ShareParty(carol.account.account),
                terms: ShareTerms(deviceName: "Hall lamp", permit: SharePermit(rawValue: 0)),
                sharedAt: server.clocks.wallClock.now
            )
        )
    }

    /// Who has Ann's device shared.
    var receivers: Set<AccountID> {
        let device = server.switchyard.registry.device(DeviceID(unchecked: Self.deviceID))
        return Set(device?.shares.map(\.receiver.id) ?? [])
    }
}
