import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    @Suite("Admission", .timeLimit(.minutes(2)))
    struct AdmissionTests {
        @Test("1 000 silent peers and 100 that take two seconds for each flight of TLS leave a log-in under a second")
        func crowd() async throws {
            let roomForAll = { @Sendable (configuration: inout ServerConfiguration) in
                configuration.limits.connectionsPerAddress = 4_000
            }
            try await withTestServer(roomForAll) { server in
                let account = try await server.makeAccount()
                let application = try await server.makeApplication()
                let address = try server.address(of: .public)
                let logIn = { @Sendable () async throws -> Duration in
                    let app = try SimulatedApp(
                        server: address,
                        trust: .authorities(file: server.authorityFile),
                        credentials: AppCredentials(
                            appID: application.id,
                            appSecret: application.secret,
                            account: account.identifier,
                            password: TestAccount.password
                        )
                    )
                    let time = try await ContinuousClock().measure { _ = try await app.logIn() }
                    try await app.shutDown()
                    return time
                }
                let calm = try await logIn()
                try await Crowd.with(silent: 1_000, slow: 100, at: address) {
                    // Some three seconds: both flights of the slow ones fall into them.
                    var times: [Duration] = []
                    let end = ContinuousClock().now.advanced(by: .seconds(3))
                    while ContinuousClock().now < end { times.append(try await logIn()) }
                    let slowest = times.max() ?? .zero
                    print("admission: \(times.count) log-ins, slowest \(slowest), calm \(calm)")
                    #expect(times.count >= 3)
                    #expect(slowest < .seconds(1))
                }
            }
        }
    }
}
