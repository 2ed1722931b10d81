package import CoolkitWire
import Synchronization

/// The client applications: kept in memory, as every signed request asks for a secret.
package final class ApplicationService: Sendable {
    private let store: any Store
    private let accounts: AccountService
    private let clock: WallClock
    private let table = Mutex<[AppID: ClientApplication]>([:])
    /// The requests that applications must not repeat.
    package let replays = ReplayGuard()

    package init(store: any Store, accounts: AccountService, clock: WallClock) {
        self.store = store
        self.accounts = accounts
        self.clock = clock
    }

    /// Fills the table from the store: once, before the first client.
    package func load() async throws(SwitchyardError) {
        let applications = try await store.applications()
        table.withLock { table in
            for application in applications { table[application.id] = application }
        }
    }

    /// The secret's owner.
    ///
    /// Throws `applicationUnknown`.
    package func application(_ id: AppID) throws(SwitchyardError) -> ClientApplication {
        guard let application = table.withLock({ $0[id] }) else {
            throw SwitchyardError(.applicationUnknown, "appid is unknown")
        }
        return application
    }

    /// All applications by time of creation.
    package func applications() -> [ClientApplication] {
        table.withLock { Array($0.values) }.sorted { ($0.createdAt, $0.id.rawValue) < ($1.createdAt, $1.id.rawValue) }
    }

    /// Makes an application; without `id` and `secret` with new random ones of 32 characters.
    ///
    /// - Throws: `alreadyExists`, `invalidInput`, `storageFailed`.
    package func create(
        name: String,
        id: AppID? = nil,
        secret: String? = nil,
        checks: RequestChecks = RequestChecks(),
        redirectURLs: [RedirectURL] = []
    ) async throws(SwitchyardError) -> ClientApplication {
        if let secret, secret.isEmpty || secret.utf8.count > 256 {
            throw SwitchyardError(.invalidInput, "an application secret has 1 to 256 bytes")
        }
        try Self.check(checks)
        let redirectURLs = try Self.inOrder(redirectURLs)
        let application = ClientApplication(
            id: id ?? AppID(unchecked: RandomText.alphanumeric(length: 32)),
            secret: secret ?? RandomText.alphanumeric(length: 32),
            name: name,
            createdAt: clock.now,
            checks: checks,
            redirectURLs: redirectURLs
        )
        try await store.createApplication(application)
        table.withLock { $0[application.id] = application }
        return application
    }

    /// Sets what is asked of an application's requests.
    ///
    /// - Throws: `notFound`, `invalidInput`, `storageFailed`.
    package func setChecks(_ checks: RequestChecks, of id: AppID) async throws(SwitchyardError) -> ClientApplication {
        try Self.check(checks)
        let application = try await store.setChecks(checks, of: id)
        // Not for one that was removed meanwhile.
        table.withLock { if $0[id] != nil { $0[id] = application } }
        if !checks.refusesReplays { replays.forget(id) }
        return application
    }

    /// Sets where browsers may be sent with a code for an application.
    ///
    /// Codes that are on their way to a URL stay good.
    ///
    /// - Throws: `notFound`, `invalidInput`, `storageFailed`.
    package func setRedirectURLs(
        _ urls: [RedirectURL],
        of id: AppID
    ) async throws(SwitchyardError) -> ClientApplication {
        let application = try await store.setRedirectURLs(try Self.inOrder(urls), of: id)
        // Not for one that was removed meanwhile.
        table.withLock { if $0[id] != nil { $0[id] = application } }
        return application
    }

    private static func inOrder(_ urls: [RedirectURL]) throws(SwitchyardError) -> [RedirectURL] {
        let urls = Set(urls).sorted()
        guard urls.count <= RedirectURL.maximumPerApplication else {
            throw SwitchyardError(
                .invalidInput,
                "an application has at most \(RedirectURL.maximumPerApplication) redirect URLs"
            )
        }
        return urls
    }

    private static func check(_ checks: RequestChecks) throws(SwitchyardError) {
        guard case .limit(let limit) = checks.clockSkewLimit else { return }
        guard (Duration.seconds(1) ... .days(1)).contains(limit) else {
            throw SwitchyardError(.invalidInput, "a limit of the clock skew is 1 second to 1 day")
        }
    }

    /// Removes an application and logs out everybody who logged in through it.
    ///
    /// Throws `notFound`.
    package func remove(_ id: AppID) async throws(SwitchyardError) {
        let dead = try await store.removeApplication(id)
        table.withLock { $0[id] = nil }
        replays.forget(id)
        accounts.end(dead)
    }
}
