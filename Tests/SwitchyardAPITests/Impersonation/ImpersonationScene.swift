import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// The world of the impersonation tests with the victim's device and app connected, which may hear nothing.
struct ImpersonationScene: Sendable {
    let world: ImpersonationWorld
    let device: TestPeer
    let app: TestPeer
    let statements: StatementLog
    /// All that she saw before anybody tried anything.
    let viewBefore: [String]

    var rig: TLSRig { world.rig }

    /// Makes the scene once all that its making has changed is in the store.
    fileprivate init(_ rig: TLSRig, _ statements: StatementLog) async throws {
        world = try await ImpersonationWorld(rig)
        self.statements = statements
        let victim = world.victim
        app = try await TestPeer.app(
            "victim",
            of: rig,
            apiKey: victim.account.apiKey.rawValue,
            token: victim.tokens.accessToken
        )
        device = try await TestPeer("device", to: rig.server)
        try await device.send(
            """
            {"action":"register","userAgent":"device","version":8,"apikey":"\(victim.deviceKey)",\
            "deviceid":"\(victim.objects.names["device"] ?? "")"}
            """
        )
        #expect(try await device.nextText().contains(#""error":0"#))
        // It has come online, and what is behind it.
        for _ in 0..<2 { _ = try await app.nextText() }
        try await device.settle()
        await rig.server.switchyard.historyRecorder.flush()
        await rig.server.switchyard.messageRecorder.flush()
        let (view, reads) = try await statements.during { [world] in try await world.view() }
        viewBefore = view
        // What is read without being heard of would make all requests alike.
        #expect(reads.contains { $0.hasPrefix("SELECT") })
    }

    /// The store holds what it held, her device and her app have heard nothing, she sees what she saw, and her session goes on.
    ///
    /// - Parameter before: nil when callers could change what is theirs.
    func expectUndisturbed(since before: StoreContents? = nil) async throws {
        if let before { #expect(try await StoreContents(of: rig.store) == before) }
        try await device.settle()
        try await app.settle()
        #expect(try await world.view() == viewBefore)
        let refreshed = try await rig.accounts.refresh(
            world.victim.tokens.refreshToken,
            appID: AppID(unchecked: TLSRig.appID),
            from: "192.0.2.10"
        )
        #expect(refreshed.account.id == world.victim.account.id)
    }
}

/// Runs `body` with a scene where each guess is let through, and states are not written behind its back.
func withImpersonation(
    listeners: Set<TestListener> = [],
    configuring change: @Sendable (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (ImpersonationScene) async throws -> Void
) async throws {
    let statements = StatementLog()
    try await withAPI(
        listeners: listeners,
        statements: statements,
        configuring: {
            $0.limits.failedCredentialsPerAddress = 100_000
            $0.limits.failedLoginsPerAddress = 100_000
            $0.protocolSettings.maximumHomesPerAccount = 1_000
            $0.protocolSettings.unknownDevicesPerAddress = 100_000
            $0.protocolSettings.failedReportsPerDevice = 100_000
            $0.protocolSettings.failedReportsPerAddress = 100_000
            $0.protocolSettings.stateFlushInterval = .seconds(3_600)
            change(&$0)
        },
        { rig in
            let scene = try await ImpersonationScene(rig, statements)
            defer { for peer in [scene.app, scene.device] { peer.abort() } }
            try await body(scene)
        }
    )
}
