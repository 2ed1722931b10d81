import CoolkitWire
import Logging
import SwitchyardSQLite
import Synchronization

@testable import SwitchyardCore

/// The account side of a server on a real store, with what it told the bus.
struct AccountRig: Sendable {
    static let identifier = AccountIdentifier.email("owner@example.com")
    static let password = "correct horse"
    static let app = AppID(unchecked: "app")
    static let otherApp = AppID(unchecked: "otherApp")

    let store: SQLiteStore
    let clocks: ManualClocks
    let tokens: TokenTable
    let registry = DeviceRegistry()
    let bus = LocalBus()
    let accounts: AccountService
    let applications: ApplicationService
    /// Without a mail server: everything goes to the outbox.
    let verification: VerificationService
    let events: Events

    /// The token events of the bus, in order.
    final class Events: Sendable {
        private let recorded = Mutex<[ServerEvent]>([])

        func receive(_ event: ServerEvent) { recorded.withLock { $0.append(event) } }

        var revoked: [TokenHash] {
            recorded.withLock { $0 }.flatMap { event -> [TokenHash] in
                if case .tokensRevoked(let hashes) = event { hashes } else { [] }
            }
        }

        var replaced: [(old: [TokenHash], new: TokenHash)] {
            recorded.withLock { $0 }.compactMap { event in
                if case .tokenReplaced(let old, let new, _) = event { (old, new) } else { nil }
            }
        }

        var removedDevices: [DeviceID] {
            recorded.withLock { $0 }.compactMap { event in
                if case .deviceRemoved(let id, _) = event { id } else { nil }
            }
        }
    }

    init(
        store: SQLiteStore,
        cost: PasswordHasher.Cost = .init(logarithmOfN: 4, r: 8, p: 1),
        tokens: TokenTable = TokenTable(),
        limits: (account: Int, address: Int) = (1_000, 1_000),
        guessing: LoginLimits? = nil,
        clocks: ManualClocks = ManualClocks(),
        settings: ProtocolSettings = ProtocolSettings()
    ) {
        self.store = store
        self.clocks = clocks
        self.tokens = tokens
        accounts = AccountService(
            store: store,
            tokens: tokens,
            hasher: PasswordHasher(cost: cost),
            limits: guessing
                ?? .perMinute(account: limits.account, address: limits.address, clock: clocks.monotonic),
            registry: registry,
            bus: bus,
            settings: settings,
            clock: clocks.wall
        )
        applications = ApplicationService(store: store, accounts: accounts, clock: clocks.wall)
        verification = VerificationService(
            store: store,
            mail: nil,
            accounts: accounts,
            limits: VerificationLimits(perAddressAndHour: limits.address),
            settings: settings,
            clock: clocks.wall,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let events = Events()
        self.events = events
        _ = bus.subscribe(events.receive)
    }

    /// Makes both applications and the account.
    @discardableResult
    func prepare() async throws -> Account {
        for id in [Self.app, Self.otherApp] { _ = try await applications.create(name: "app", id: id) }
        return try await accounts.create(Self.identifier, password: Self.password)
    }

    func logIn(
        under app: AppID = app,
        password: String = password,
        from address: String = "192.0.2.1"
    ) async throws -> TokenPair {
        try await accounts.logIn(
            Self.identifier,
            password: password,
            client: LoginClient(appID: app, address: address)
        ).tokens
    }

    /// What the access token is good for: nil when it is, else the code.
    func fault(of pair: TokenPair) -> SwitchyardError.Code? {
        do throws(SwitchyardError) {
            _ = try accounts.authenticate(pair.accessToken)
            return nil
        } catch {
            return error.code
        }
    }
}

extension LoginLimits {
    /// So many at once, and again within a minute.
    static func perMinute(
        account: Int,
        address: Int,
        credentials: Int = 1_000,
        clock: MonotonicClock
    ) -> LoginLimits {
        LoginLimits(
            perAccount: AttemptRate(limit: account, per: .seconds(60)),
            perAddress: AttemptRate(limit: address, per: .seconds(60)),
            credentials: AttemptRate(limit: credentials, per: .seconds(60)),
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
