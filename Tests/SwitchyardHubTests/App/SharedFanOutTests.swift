import CoolkitWire
import NIOCore
import Testing

@testable import SwitchyardCore
@testable import SwitchyardHub

/// Source: `coolkit-websocket.md` §10.3 (no further broadcasts), §14 (broadcast sets at send time).
@Suite("Fan-out of shared devices")
struct SharedFanOutTests {
    private static let receiver = AccountID(.random(at: HubRig.time))

    private let rig: HubRig
    private let device: LiveDevice
    private let owner: HubSocket
    private let receiver: HubSocket

    /// The device is shared, and each side has an app.
    init() throws {
        rig = try HubRig()
        device = try rig.addDevice()
        rig.addToken("owner")
        rig.tokens.insert(
            AccessGrant(
                accountID: Self.receiver,
                apiKey: APIKey(unchecked: "receiver"),
                appID: AppID(unchecked: "app"),
                login: .random(at: HubRig.time),
                expiresAt: HubRig.time.advanced(by: .days(1))
            ),
            for: TokenHash(of: "receiver")
        )
        let identifier = AccountIdentifier.email("someone@example.org")
        let share = Share(
            device: device.id,
            owner: ShareParty(id: HubRig.account, apiKey: HubRig.apiKey, identifier: identifier, nickname: ""),
            receiver: ShareParty(
                id: Self.receiver,
                apiKey: APIKey(unchecked: "receiver"),
                identifier: identifier,
                nickname: ""
            ),
            terms: ShareTerms(),
            sharedAt: HubRig.time
        )
        #expect(rig.registry.enter(share, of: device))
        owner = try rig.connectApp(token: "owner")
        receiver = try rig.connectApp(token: "receiver")
        #expect(try owner.sent().count == 1)
        #expect(try receiver.sent().count == 1)
    }

    private func report() {
        rig.bus.publish(
            .stateChanged(
                StateChange(
                    of: device,
                    params: ByteBuffer(string: #"{"switch":"on"}"#),
                    source: .device(deviceSequence: nil, seq: nil)
                )
            )
        )
    }

    @Test("Owner and receiver hear the same frame")
    func both() throws {
        report()

        let frames = try owner.sent()
        #expect(frames.count == 1)
        #expect(try receiver.sent() == frames)
    }

    @Test("A share that ends between a broadcast and its delivery keeps the frame from the receiver")
    func endsInBetween() throws {
        report()
        rig.registry.removeShare(of: device, with: Self.receiver)

        #expect(try owner.sent().count == 1)
        #expect(try receiver.sent().isEmpty)
    }

    @Test("The last frames of a removed device still reach its owner")
    func removedDevice() throws {
        report()
        rig.removeDevice()

        #expect(try owner.sent().count == 1)
        #expect(try receiver.sent().isEmpty)
    }
}
