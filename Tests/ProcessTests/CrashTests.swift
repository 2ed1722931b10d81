import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSQLite
import SwitchyardSimulator
import TestSupport
import Testing

/// Twenty times: clients write, the server is killed at a random moment, and what it had acknowledged is still there.
@Suite("Crashes", .timeLimit(.minutes(5)))
struct CrashTests {
    private static let crashes = 20
    /// Log-ins here are many and must not end one another; nothing but their own end may end a session.
    private static let settings = [
        "SWITCHYARD_PROTOCOL_SINGLE_LOGIN_SCOPE": "none", "SWITCHYARD_LIMITS_TOKEN_PAIRS_PER_ACCOUNT": "10000",
        "SWITCHYARD_LIMITS_DEVICES_PER_ACCOUNT": "10000",
    ]

    @Test(
        "kill -9 in the middle of writes loses nothing acknowledged and leaves a sound database",
        arguments: [UInt64(2_027)]
    )
    func survivesKills(seed: UInt64) async throws {
        try await withDataFolder { folder in
            let ledger = CrashLedger()
            let cast = try await prepare(folder, ledger)
            var random = SeededGenerator(seed: seed)
            for _ in 0..<Self.crashes {
                // Every other time close behind a log-in, when another one is about to be written.
                let longest = Bool.random(using: &random) ? 10 : 300
                ledger.begin(acknowledgements: Int.random(in: 1...longest, using: &random))
                try await withServer(in: folder, environment: Self.settings) { server in
                    try await check(server, cast, ledger)
                    try await crash(server, under: CrashLoad(server: server, cast: cast, ledger: ledger))
                }
                #expect(try await faultsOfDatabase(in: folder) == [])
            }
            try await withServer(in: folder, environment: Self.settings) { try await check($0, cast, ledger) }
            for kind in [CrashLedger.logIn, "refresh", "addition", "report"] {
                #expect(ledger.counts[kind, default: 0] >= Self.crashes, "the load has too few of \(kind)")
            }
        }
    }

    private func prepare(_ folder: String, _ ledger: CrashLedger) async throws -> Cast {
        try await withServer(in: folder, environment: Self.settings) { server in
            let cast = try await Cast(in: server)
            for id in CrashLoad.reporters {
                _ = try await server.json(
                    "device",
                    "add",
                    id.rawValue,
                    "--apikey-file",
                    "-",
                    "--account",
                    Cast.email,
                    input: CrashLoad.reporterKey.rawValue
                )
            }
            let (kept, refreshed) = try await server.withApp(cast) { (try await $0.logIn(), try await $0.logIn()) }
            ledger.requested { contents in
                contents.accessTokens.append(kept.accessToken)
                contents.pair = (refreshed.accessToken, refreshed.refreshToken)
            }
            return cast
        }
    }

    private func crash(_ server: RunningServer, under load: CrashLoad) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await load.run() }
            group.addTask {
                try await load.ledger.waitForMoment()
                server.process.send(SIGKILL)
            }
            try await group.waitForAll()
        }
        #expect(try await server.process.exit() == .signalled(SIGKILL))
    }

    // MARK: What has to be there

    private func check(_ server: RunningServer, _ cast: Cast, _ ledger: CrashLedger) async throws {
        let known = ledger.contents
        try await server.withApp(cast) { app in
            for token in known.accessTokens { #expect(try await error(with: token, app) == 0) }
            for token in known.supersededTokens.suffix(20) { #expect(try await error(with: token, app) == 401) }
            try await checkPair(known, app, ledger)
            let token = try #require(known.accessTokens.first)
            try checkDevices(try await devices(with: token, app), known)
        }
    }

    /// A refresh that was not answered may have happened: then its token is still good for another try.
    private func checkPair(_ known: CrashLedger.Contents, _ app: SimulatedApp, _ ledger: CrashLedger) async throws {
        guard let pair = known.pair else { return }
        guard known.isRefreshing else {
            #expect(try await error(with: pair.access, app) == 0)
            return
        }
        let reply = try await app.call(.GET, "/api/user/refresh", .sign, query: [("rt", pair.refresh)])
        let access = try #require(reply.json?["at"]?.stringValue, "\(reply.json?.text ?? "no answer")")
        let refresh = try #require(reply.json?["rt"]?.stringValue)
        ledger.requested { contents in
            contents.pair = (access, refresh)
            contents.isRefreshing = false
            contents.supersededTokens.append(pair.access)
        }
    }

    private func checkDevices(_ devices: [DeviceID: JSON], _ known: CrashLedger.Contents) throws {
        let added = Set(devices.keys).subtracting(CrashLoad.reporters).subtracting([Cast.deviceID])
        #expect(known.addedDevices.subtracting(added) == [], "acknowledged, and lost")
        #expect(added.subtracting(known.requestedDevices) == [], "never asked for")
        for (id, reports) in known.reports {
            let number = devices[id]?["params"]?["number"]?.intValue ?? 0
            #expect((reports.acknowledged...reports.sent).contains(number), "the state of \(id)")
        }
    }

    private func devices(with token: String, _ app: SimulatedApp) async throws -> [DeviceID: JSON] {
        let list = try await reply(with: token, app).json?["devicelist"]?.arrayValue ?? []
        let pairs = list.compactMap { device in
            device["deviceid"]?.stringValue.flatMap { DeviceID($0) }.map { ($0, device) }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private func error(with token: String, _ app: SimulatedApp) async throws -> Int? {
        let headers: HTTPHeaders = ["Authorization": "Bearer \(token)"]
        return try await app.call(.POST, "/dispatch/app", .none, body: ["accept": "ws"], headers: headers).error
    }

    private func reply(with token: String, _ app: SimulatedApp) async throws -> HTTPReply {
        let headers: HTTPHeaders = ["Authorization": "Bearer \(token)"]
        return try await app.call(.GET, "/api/user/device", .none, query: [("lang", "en")], headers: headers)
    }

    /// Looks at a copy, as the kill left it: the server is to find the original untouched.
    private func faultsOfDatabase(in folder: String) async throws -> [String] {
        let copy = TemporaryFolder.make()
        defer { TemporaryFolder.remove(copy) }
        for name in ["switchyard.sqlite", "switchyard.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
        }
        let store = try SQLiteStore(path: copy + "/switchyard.sqlite", mode: .requireCurrent)
        let faults = try await store.integrityCheck()
        try await store.close()
        return faults
    }
}
