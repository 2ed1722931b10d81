import CoolkitWire
import InMemoryLogging
import Logging
import SwitchyardCore
import SwitchyardTransport
import TestSupport
import Testing

@testable import SwitchyardServer

@Suite struct CertificateWatchTests {
    @Test(
        "A certificate is spoken of from thirty days before its end on",
        arguments: [(31, nil), (29, "warning"), (1, "warning"), (0, "error"), (-5, "error")] as [(Int, String?)]
    )
    func warns(daysBefore: Int, level: String?) throws {
        let folder = TestSupport.TemporaryFolder.make()
        defer { TestSupport.TemporaryFolder.remove(folder) }
        try TestCertificates.install(in: folder)
        let certificate = try TLSContextSource(
            certificateFile: folder + "/certificates/public.pem",
            keyFile: folder + "/certificates/public.key",
            profile: .public(minimum: .version12)
        )
        let log = InMemoryLogHandler()

        CertificateWatch.warn(
            of: certificate,
            at: certificate.notAfter.advanced(by: .days(-daysBefore)),
            Logger(label: "test") { _ in log }
        )

        #expect(log.entries.map(\.level.rawValue) == [level].compactMap(\.self))
    }

    @Test("Expired tokens are kept for a day after the clock was moved far")
    func cleaningPauses() async throws {
        try await withTestServer { server in
            let switchyard = server.switchyard
            let application = try await server.makeApplication()
            let account = try await server.makeAccount()
            let pair = try await switchyard.accounts.logIn(
                account.account.identifier,
                password: TestAccount.password,
                client: LoginClient(appID: application.id, address: "192.0.2.1")
            ).tokens
            let cleaning = HourlyCleaning(
                accounts: switchyard.accounts,
                verification: switchyard.verification,
                oauth: switchyard.oauth,
                devices: switchyard.devices,
                clock: switchyard.clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            server.clocks.jump(by: .days(3_650))
            _ = switchyard.clock.look()
            server.clocks.advance(by: SteadyClock.hold)
            _ = switchyard.clock.look()
            #expect(throws: SwitchyardError.self) { _ = try switchyard.accounts.authenticate(pair.accessToken) }

            await cleaning.cleanUnlessClockJumped()
            server.clocks.jump(by: .days(-3_650))
            _ = switchyard.clock.look()
            server.clocks.advance(by: SteadyClock.hold)
            _ = switchyard.clock.look()

            #expect(throws: Never.self) { _ = try switchyard.accounts.authenticate(pair.accessToken) }
            let refreshed = try await switchyard.accounts.refresh(
                pair.refreshToken,
                appID: application.id,
                from: "192.0.2.1"
            )
            server.clocks.advance(by: .days(100))
            await cleaning.cleanUnlessClockJumped()
            let error = #expect(throws: SwitchyardError.self) {
                _ = try switchyard.accounts.authenticate(refreshed.tokens.accessToken)
            }
            #expect(error?.code == .tokenUnknown)
        }
    }
}
