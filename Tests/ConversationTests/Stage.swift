import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport

/// A server with the people and devices of the conversations: Ann owns `1000a1b2c3`, Bob `1000b0b0b0`, Carol none.
///
/// All are logged in under one appid; both devices have the same factory apikey.
struct Stage: Sendable {
    static let deviceID = "1000a1b2c3"
    static let foreignDeviceID = "1000b0b0b0"
    static let factoryKey = "d0d0d0d0-1111-4222-8333-444455550001"

    let server: TestServer
    let application: ClientApplication
    let ann: Player
    let bob: Player
    let carol: Player

    /// A person who is logged in.
    struct Player: Sendable {
        let account: TestAccount
        let tokens: TokenPair
    }

    init(_ server: TestServer) async throws {
        self.server = server
        application = try await server.makeApplication()
        ann = try await Self.player("ann@example.org", on: server, application)
        bob = try await Self.player("bob@example.org", on: server, application)
        carol = try await Self.player("carol@example.org", on: server, application)
        try await server.addDevice(Self.deviceID, key: Self.factoryKey, to: ann.account)
        try await server.addDevice(Self.foreignDeviceID, key: Self.factoryKey, to: bob.account)
    }

    private static func player(
        _ identifier: String,
        on server: TestServer,
        _ application: ClientApplication
    ) async throws -> Player {
        let account = try await server.makeAccount(identifier)
        return Player(account: account, tokens: try await logIn(account, on: server, application))
    }

    private static func logIn(
        _ account: TestAccount,
        on server: TestServer,
        _ application: ClientApplication
    ) async throws -> TokenPair {
        try await server.switchyard.accounts.logIn(
            account.account.identifier,
            password: TestAccount.password,
            client: LoginClient(appID: application.id, address: "192.0.2.1")
        ).tokens
    }

    /// What `$name` stands for in transcripts.
    ///
    /// Moments are those of the start: `now`, `in30s` and `in60s` after it, and `cronIn3m`, the `at` of a `repeat` timer that
    /// is due two to three minutes after it.
    var bindings: [String: String] {
        let now = server.clocks.wallClock.now
        let minuteOfDay = now.advanced(by: .seconds(180)).milliseconds / 60_000 % 1_440
        return [
            "at": ann.tokens.accessToken, "apikey": ann.account.apiKey, "at2": bob.tokens.accessToken,
            "apikey2": bob.account.apiKey, "at3": carol.tokens.accessToken, "apikey3": carol.account.apiKey,
            "appid": application.id.rawValue, "deviceid": Self.deviceID,
            "foreign": Self.foreignDeviceID, "factory": Self.factoryKey,
            // As long as no test moves the clock.
            "now": now.iso8601, "in30s": now.advanced(by: .seconds(30)).iso8601,
            "in60s": now.advanced(by: .seconds(60)).iso8601,
            "cronIn3m": "\(minuteOfDay % 60) \(minuteOfDay / 60) * * *",
        ]
    }

    // MARK: Acts of the server

    /// Does what a `server!` line says, and returns the names it binds.
    func act(_ words: [String]) async throws -> [String: String] {
        let argument = words.dropFirst().first ?? ""
        switch words.first {
        case "login":
            return [argument: try await Self.logIn(ann.account, on: server, application).accessToken]
        case "refresh":
            let result = try await server.switchyard.accounts.refresh(
                ann.tokens.refreshToken,
                appID: application.id,
                from: "192.0.2.1"
            )
            return [argument: result.tokens.accessToken]
        case "password":
            try await server.switchyard.accounts.setPassword("another-horse", of: ann.account.account.id)
        case "add":
            let uiid = words.firstIndex(of: "uiid").flatMap { Int(words[$0 + 1]) } ?? 1
            let wholeSwitches =
                words.contains("fullSwitchesArray") ? true : words.contains("partialSwitches") ? false : nil
            let options = DeviceOptions(
                ackByUpdate: words.contains("ackByUpdate"),
                fullSwitchesArray: wholeSwitches
            )
            try await server.addDevice(
                argument,
                key: Self.factoryKey,
                uiid: uiid,
                to: ann.account,
                options: options,
                byDigest: words.contains("digest")
            )
        case "import":
            guard let id = DeviceID(argument), let key = APIKey(words.last ?? "") else {
                throw TestFailure("no deviceid")
            }
            try await server.switchyard.devices.importRecords([
                FactoryRecord(id: id, factoryKey: key, source: .operator, createdAt: server.clocks.wallClock.now)
            ])
        case "claim":
            guard let id = DeviceID(argument) else { throw TestFailure("no deviceid: \(argument)") }
            _ = try await server.switchyard.devices.claim(id, named: nil, for: ann.account.account)
        case "forget":
            guard let id = DeviceID(argument) else { throw TestFailure("no deviceid: \(argument)") }
            try await server.switchyard.devices.removeRecord(id)
        case "ackByUpdate":
            var adjustment = DeviceService.Adjustment()
            adjustment.ackByUpdate = true
            _ = try await server.switchyard.devices.adjust(DeviceID(unchecked: argument), adjustment)
        case "remove":
            guard let id = DeviceID(argument) else { throw TestFailure("no deviceid: \(argument)") }
            _ = try await server.switchyard.devices.remove(id, by: ann.account.account.id)
        case "share":
            try await share(argument, permit: words.dropFirst(2).first.flatMap { Int($0) } ?? 0)
        case "unshare":
            guard let id = DeviceID(argument) else { throw TestFailure("no deviceid: \(argument)") }
            try await server.switchyard.shares.cancel(id, with: bob.account.account.id)
        case "expel" where argument == "bob":
            try await server.switchyard.accounts.remove(bob.account.account.id)
        default:
            throw TestFailure("the server cannot \(words.joined(separator: " "))")
        }
        return [:]
    }

    /// Shares Ann's device with Bob.
    func shareWithBob() async throws { try await share(Stage.deviceID, permit: 0) }

    /// Shares a device of Ann's with Bob, as an operator does.
    private func share(_ deviceID: String, permit: Int) async throws {
        guard let id = DeviceID(deviceID) else { throw TestFailure("no deviceid: \(deviceID)") }
        _ = try await server.switchyard.shares.add(
            Share(
                device: id,
                owner: ShareParty(ann.account.account),
                receiver: ShareParty(bob.account.account),
                terms: ShareTerms(deviceName: "Hall lamp", permit: SharePermit(rawValue: permit)),
                sharedAt: server.clocks.wallClock.now
            )
        )
    }
}

/// What a test sets differently about its server.
typealias ConfigurationChange = (inout ServerConfiguration) -> Void

/// Runs `body` with a server and its cast.
func withStage<Result: Sendable>(
    changing change: ConfigurationChange? = nil,
    _ body: @Sendable (Stage) async throws -> Result
) async throws -> Result {
    try await withTestServer({ change?(&$0) }, { server in try await body(Stage(server)) })
}
