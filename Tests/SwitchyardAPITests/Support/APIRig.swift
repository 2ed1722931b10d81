import CoolkitWire
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import SwitchyardTransport
import TestSupport

@testable import SwitchyardAPI

/// The API over a real store in a folder of its own, reached without sockets.
struct APIRig: Sendable {
    let store: SQLiteStore
    let accounts: AccountService
    let applications: ApplicationService
    let devices: DeviceService
    let registry: DeviceRegistry
    let clocks: TestClocks
    let api: CoolkitV1API
    let responder: RouterResponder<APIRequestContext>

    static let secret = "OdPuCZ4PkPPi0rVKRVcGmll2NM6vVk0c"
    static let appID = "McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr"
    static let password = "correct-horse"

    init(folder: String, settings: ProtocolSettings, dispatch: DispatchDirectory) throws {
        clocks = TestClocks()
        store = try SQLiteStore(path: folder + "/switchyard.sqlite", mode: .openOrMigrate)
        registry = DeviceRegistry()
        let bus = LocalBus()
        accounts = AccountService(
            store: store,
            tokens: TokenTable(),
            hasher: PasswordHasher(cost: .init(logarithmOfN: 4, r: 8, p: 1)),
            limits: LoginLimits(perAccount: 10, perAddress: 30, clock: clocks.clock),
            registry: registry,
            bus: bus,
            settings: settings,
            clock: clocks.wallClock
        )
        applications = ApplicationService(store: store, accounts: accounts, clock: clocks.wallClock)
        devices = DeviceService(
            store: store,
            registry: registry,
            bus: bus,
            settings: settings,
            clock: clocks.wallClock
        )
        api = CoolkitV1API(
            accounts: accounts,
            applications: applications,
            devices: devices,
            commands: DeviceCommands(registry: registry, settings: settings, clock: clocks.clock),
            sessions: NoSessions(),
            settings: settings,
            dispatch: dispatch,
            clock: clocks.wallClock
        )
        responder = api.router().buildResponder()
    }

    /// Sends a request the way a listener would.
    func send(_ request: APIRequest) async throws -> APIAnswer {
        guard let method = HTTPRequest.Method(request.method) else { throw TestFailure("no method: \(request.method)") }
        var head = HTTPRequest(method: method, scheme: "https", authority: "hub.example.org", path: request.target)
        for header in request.headers {
            guard let name = HTTPField.Name(header.name) else { throw TestFailure("no header: \(header.name)") }
            head.headerFields.append(HTTPField(name: name, value: header.value))
        }
        let body = RequestBody(buffer: ByteBuffer(string: request.body ?? ""))
        let response = try await responder.respond(
            to: Request(head: head, body: body),
            context: APIRequestContext(connection: request.connection, logger: TestLog.logger)
        )
        let writer = CollectedBody()
        try await response.body.write(writer)
        let headers = response.headers.map { ($0.name.canonicalName, $0.value) }
        return APIAnswer(
            status: response.status.code,
            headers: Dictionary(headers) { $0 + "," + $1 },
            text: writer.text
        )
    }
}

// MARK: - What tests begin with

extension APIRig {
    /// The application of the documents.
    @discardableResult
    func makeApplication(id: String = APIRig.appID, secret: String = APIRig.secret) async throws -> ClientApplication {
        try await applications.create(name: "documents", id: AppID(id), secret: secret)
    }

    func makeAccount(_ identifier: String, password: String = APIRig.password) async throws -> Account {
        guard let identifier = AccountIdentifier(identifier) else { throw TestFailure("no identifier: \(identifier)") }
        return try await accounts.create(identifier, password: password)
    }

    /// Makes an account and logs it in; returns both with the access token.
    func makeUser(_ identifier: String) async throws -> (account: Account, token: String) {
        let account = try await makeAccount(identifier)
        guard let appID = AppID(Self.appID) else { throw TestFailure("no appid") }
        let result = try await accounts.logIn(
            account.identifier,
            password: Self.password,
            client: LoginClient(appID: appID, address: "192.0.2.10")
        )
        return (account, result.tokens.accessToken)
    }

    @discardableResult
    func addDevice(
        _ id: String,
        to account: Account,
        params: String = #"{"switch":"off"}"#,
        under appID: AppID? = nil
    ) async throws -> DeviceSnapshot {
        guard let id = DeviceID(id), let key = APIKey("d0d0d0d0-1111-4222-8333-444455550001") else {
            throw TestFailure("no deviceid: \(id)")
        }
        return try await devices.add(
            .init(
                id: id,
                factoryKey: key,
                name: "Hall lamp",
                facts: DeviceFacts(uiid: 1, model: "PSF-B01-GL", mac: "02:00:00:00:00:01", chipID: "00a1b2c3"),
                params: Array(params.utf8)
            ),
            to: account,
            under: appID
        )
    }

    /// A log-in of the documents' application, signed.
    static func login(_ members: JSONObject, secret: String = APIRig.secret) -> APIRequest {
        var body: JSONObject = ["appid": .string(APIRig.appID)]
        for (key, value) in members { body[key] = value }
        return APIRequest.post("/api/user/login", .object(body)).signed(secret)
    }
}

/// Runs `body` with an API of its own.
func withAPI(
    _ settings: ProtocolSettings = ProtocolSettings(),
    dispatch: DispatchDirectory = DispatchDirectory(),
    _ body: (APIRig) async throws -> Void
) async throws {
    let folder = TemporaryFolder.make()
    defer { TemporaryFolder.remove(folder) }
    let rig = try APIRig(folder: folder, settings: settings, dispatch: dispatch)
    do {
        try await body(rig)
    } catch {
        try await rig.store.close()
        throw error
    }
    try await rig.store.close()
}

extension ProtocolSettings {
    /// The defaults with one change.
    static func with<Value>(_ key: WritableKeyPath<ProtocolSettings, Value>, _ value: Value) -> ProtocolSettings {
        var settings = ProtocolSettings()
        settings[keyPath: key] = value
        return settings
    }
}

/// A hub without sockets.
private struct NoSessions: SessionDirectory {
    func sessions() -> [SessionDescription] { [] }
    func isOnline(_ account: AccountID) -> Bool { false }
    func close(session number: UInt64) -> Bool { false }
}
