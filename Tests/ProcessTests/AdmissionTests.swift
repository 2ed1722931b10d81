import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    @Suite("Admission", .timeLimit(.minutes(2)))
    struct AdmissionTests {
        /// More connections than one address is allowed by default.
        private static let connectionsPerAddress = 4_000

        @Test("1 000 silent peers and 100 that take two seconds for each flight of TLS leave a log-in under a second")
        func crowd() async throws {
            // A server that is not optimised hashes a password for seconds: then the one of this process, which hashes cheaply.
            if LongRun.server == nil { try await crowdAroundTestServer() } else { try await crowdAroundProcess() }
        }

        private func crowdAroundTestServer() async throws {
            let roomForAll = { @Sendable (configuration: inout ServerConfiguration) in
                configuration.limits.connectionsPerAddress = Self.connectionsPerAddress
            }
            try await withTestServer(roomForAll) { server in
                let account = try await server.makeAccount()
                let application = try await server.makeApplication()
                let credentials = AppCredentials(
                    appID: application.id,
                    appSecret: application.secret,
                    account: account.identifier,
                    password: TestAccount.password
                )
                let trust = ServerTrust.authorities(file: server.authorityFile)
                try await measure(at: server.address(of: .public), trust: trust, credentials)
            }
        }

        private func crowdAroundProcess() async throws {
            let roomForAll = ["SWITCHYARD_LIMITS_CONNECTIONS_PER_ADDRESS": "\(Self.connectionsPerAddress)"]
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: roomForAll) { server in
                    let cast = try await Cast(in: server)
                    try await measure(at: server.address(), trust: server.trust, cast.credentials)
                }
            }
        }

        private func measure(
            at address: ServerAddress,
            trust: ServerTrust,
            _ credentials: AppCredentials
        ) async throws {
            let logIn = { @Sendable () async throws -> Duration in
                let app = try SimulatedApp(server: address, trust: trust, credentials: credentials)
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
                times.sort()
                let (median, slowest) = (times[times.count / 2], times[times.count - 1])
                print("admission: \(times.count) log-ins, median \(median), slowest \(slowest), calm \(calm)")
                #expect(times.count >= 3)
                #expect(slowest < .seconds(1))
            }
        }
    }
}
