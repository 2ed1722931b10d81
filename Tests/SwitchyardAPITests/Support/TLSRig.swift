import CoolkitWire
import SwitchyardAPI
import SwitchyardCore
import TestSupport

@testable import SwitchyardServer

/// A whole server, and a client that reaches its API over TLS 1.3, byte for byte.
struct TLSRig: Sendable {
    let server: TestServer
    private let connections: KeptConnections

    var store: any Store { server.switchyard.store }
    var accounts: AccountService { server.switchyard.accounts }
    var outbox: Outbox { server.switchyard.verification.outbox }
    var devices: DeviceService { server.switchyard.devices }
    var clocks: TestClocks { server.clocks }
    /// Every route that the server has.
    var routes: Set<CoolkitAPI.Route> {
        let parts = server.switchyard
        return CoolkitAPI(
            accounts: parts.accounts,
            verification: parts.verification,
            applications: parts.applications,
            oauth: parts.oauth,
            devices: parts.devices,
            commands: parts.commands,
            upgrades: parts.upgrades,
            sensors: parts.sensors,
            history: parts.history,
            thingGroups: parts.thingGroups,
            sharing: parts.sharing,
            messages: parts.messages,
            sessions: parts.sessions,
            settings: parts.configuration.protocolSettings,
            dispatch: DispatchDirectory(),
            clock: clocks.wallClock
        ).routes
    }

    static let secret = "OdPuCZ4PkPPi0rVKRVcGmll2NM6vVk0c"
    static let appID = "McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr"
    static let password = TestAccount.password
    static let deviceKey = "d0d0d0d0-1111-4222-8333-444455550001"

    init(_ server: TestServer) {
        self.server = server
        connections = KeptConnections(server: server)
    }

    /// Sends a request and waits for its answer.
    func send(_ request: APIRequest) async throws -> APIAnswer { try await connections.send(request) }

    func close() async { await connections.close() }
}

// MARK: - What tests begin with

extension TLSRig {
    /// The application of the documents.
    @discardableResult
    func makeApplication(id: String = TLSRig.appID, secret: String = TLSRig.secret) async throws -> ClientApplication {
        try await server.switchyard.applications.create(name: "documents", id: AppID(id), secret: secret)
    }

    func makeAccount(_ identifier: String, password: String = TLSRig.password) async throws -> Account {
        guard let identifier = AccountIdentifier(identifier) else { throw TestFailure("no identifier: \(identifier)") }
        return try await accounts.create(identifier, password: password)
    }

    /// Makes an account and logs it in; returns both with the access token.
    func makeUser(_ identifier: String) async throws -> (account: Account, token: String) {
        let account = try await makeAccount(identifier)
        return (account, try await logIn(account))
    }

    /// Logs an account in; returns the access token.
    func logIn(_ account: Account) async throws -> String {
        guard let appID = AppID(Self.appID) else { throw TestFailure("no appid") }
        let result = try await accounts.logIn(
            account.identifier,
            password: Self.password,
            client: LoginClient(appID: appID, address: "192.0.2.10")
        )
        return result.tokens.accessToken
    }

    @discardableResult
    func addDevice(
        _ id: String,
        to account: Account,
        params: String = #"{"switch":"off"}"#,
        under appID: AppID? = nil
    ) async throws -> DeviceSnapshot {
        guard let id = DeviceID(id), let key = APIKey(Self.deviceKey) else { throw TestFailure("no deviceid: \(id)") }
        return try await devices.add(
            .init(
                id: id,
                credential: .key(key),
                name: "Hall lamp",
                facts: DeviceFacts(uiid: 1, model: "PSF-B01-GL", mac: "02:00:00:00:00:01", chipID: "00a1b2c3"),
                params: Array(params.utf8)
            ),
            to: account,
            under: appID
        )
    }

    /// A log-in of the documents' application, signed.
    static func login(_ members: JSONObject, secret: String = TLSRig.secret) -> APIRequest {
        var body: JSONObject = ["appid": .string(TLSRig.appID)]
        for (key, value) in members { body[key] = value }
        return APIRequest.post("/api/user/login", .object(body)).signed(secret)
    }
}

/// Runs `body` with a server of its own.
///
/// - Parameters:
///   - listeners: those that are on beside the public one.
///   - statements: hears each statement of the database.
func withAPI<Result: Sendable>(
    _ settings: ProtocolSettings = ProtocolSettings(),
    listeners: Set<TestListener> = [],
    pauses: any Clock<Duration> & Sendable = ContinuousClock(),
    statements: StatementLog? = nil,
    configuring change: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (TLSRig) async throws -> Result
) async throws -> Result {
    let folder = TemporaryFolder.make()
    defer { TemporaryFolder.remove(folder) }
    try TestCertificates.install(in: folder)
    return try await withTestServer(
        in: folder,
        pauses: pauses,
        statements: statements,
        {
            $0.protocolSettings = settings
            $0.listeners.device.isEnabled = listeners.contains(.device)
            $0.listeners.plain.isEnabled = listeners.contains(.plain)
            change(&$0)
        },
        { server in
            let rig = TLSRig(server)
            let result = try await body(rig)
            await rig.close()
            return result
        }
    )
}

extension ProtocolSettings {
    /// The defaults with one change.
    static func with<Value>(_ key: WritableKeyPath<ProtocolSettings, Value>, _ value: Value) -> ProtocolSettings {
        var settings = ProtocolSettings()
        settings[keyPath: key] = value
        return settings
    }
}

/// One connection to each listener, kept from request to request.
private actor KeptConnections {
    private struct Kept {
        let client: RawHTTPClient
        /// When it was used last: after a leap of the clock the server ends it.
        let time: MonotonicTime
    }

    private let server: TestServer
    private var kept: [TestListener: Kept] = [:]

    init(server: TestServer) { self.server = server }

    func send(_ request: APIRequest) async throws -> APIAnswer {
        let now = server.clocks.clock.now
        let client: RawHTTPClient
        if let last = kept.removeValue(forKey: request.listener), last.time == now {
            client = last.client
        } else {
            client = try await RawHTTPClient(to: server, through: request.listener)
        }
        try await client.send(request.bytes)
        let answer = try await client.answer(hasBody: request.method != "HEAD")
        if answer[header: "connection"] == "close" {
            await client.close()
        } else {
            kept[request.listener] = Kept(client: client, time: now)
        }
        return APIAnswer(answer)
    }

    func close() async {
        for connection in kept.values { await connection.client.close() }
        kept = [:]
    }
}
