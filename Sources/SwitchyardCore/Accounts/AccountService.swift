import CoolkitWire
import Logging

/// Accounts: made, logged in, refreshed, authenticated, removed.
///
/// Source of the token rules: `coolkit-v1-http.md` §1.3.
package struct AccountService: Sendable {
    let store: any Store
    let tokens: TokenTable
    let hasher: PasswordHasher
    package let limits: LoginLimits
    /// From where the owners of accounts have come lately.
    let known = KnownClients()
    let registry: DeviceRegistry
    let bus: any Bus
    let settings: ProtocolSettings
    let clock: WallClock

    package init(
        store: any Store,
        tokens: TokenTable,
        hasher: PasswordHasher,
        limits: LoginLimits,
        registry: DeviceRegistry,
        bus: any Bus,
        settings: ProtocolSettings,
        clock: WallClock
    ) {
        self.store = store
        self.tokens = tokens
        self.hasher = hasher
        self.limits = limits
        self.registry = registry
        self.bus = bus
        self.settings = settings
        self.clock = clock
    }

    /// Fills the token table from the store: once, before the first client.
    package func load() async throws(SwitchyardError) {
        var accounts: [AccountID: Account] = [:]
        for account in try await store.accounts() { accounts[account.id] = account }
        for record in try await store.liveTokens(at: clock.now) {
            guard let account = accounts[record.accountID] else { continue }
            tokens.insert(record.grant(apiKey: account.apiKey), for: record.accessHash)
            guard let address = record.client.address else { continue }
            known.note(record.client.known(at: address, under: record.appID), of: account, at: record.issuedAt)
        }
    }

    // MARK: For the operator

    /// Makes an account.
    ///
    /// - Parameters:
    ///   - password: 8 to 128 bytes.
    ///   - region: `cn`, `as`, `eu` or `us`; nil for the server's own.
    /// - Throws: `invalidInput`, `alreadyExists`, `busy`, `storageFailed`.
    package func create(
        _ identifier: AccountIdentifier,
        password: String,
        region: String? = nil
    ) async throws(SwitchyardError) -> Account {
        try Self.check(password: password)
        let region = region ?? settings.region
        try Self.check(region: region)
        let account = newAccount(identifier, region: region)
        try await store.createAccount(account, passwordHash: try await hasher.hash(password))
        return account
    }

    /// An account that nobody has yet, with new names.
    func newAccount(_ identifier: AccountIdentifier, region: String, client: LoginClient? = nil) -> Account {
        let now = clock.now
        var profile = AccountProfile()
        profile.countryCode = client?.countryCode
        return Account(
            id: AccountID(.random(at: now)),
            apiKey: APIKey(unchecked: RandomText.uuid()),
            identifier: identifier,
            region: region,
            language: client?.language ?? .usual(in: region),
            profile: profile,
            createdAt: now
        )
    }

    package func accounts() async throws(SwitchyardError) -> [Account] {
        try await store.accounts()
    }

    /// Finds an account by e-mail, phone number, id or apikey.
    ///
    /// Throws `accountNotFound`.
    package func account(named text: String) async throws(SwitchyardError) -> Account {
        if let id = AccountID(text), let account = try await store.account(id) { return account }
        if let identifier = AccountIdentifier(text),
            let found = try await store.account(identifiedBy: identifier)
        {
            return found.account
        }
        let accounts = try await store.accounts()
        guard let account = accounts.first(where: { $0.apiKey.rawValue == text }) else {
            throw SwitchyardError(.accountNotFound, "no account has this e-mail address, phone number or id")
        }
        return account
    }

    /// Sets a new password and logs the account out everywhere.
    package func setPassword(_ password: String, of id: AccountID) async throws(SwitchyardError) {
        try Self.check(password: password)
        let hash = try await hasher.hash(password)
        end(try await store.setPasswordHash(hash, of: id))
        known.forget(id)
    }

    /// Removes the account with its tokens, devices and groups.
    ///
    /// In the account's turn: a device that is being added meanwhile is either removed with it, or not added.
    package func remove(_ id: AccountID) async throws(SwitchyardError) { try await remove(id, redeeming: nil) }

    /// The same; with a code, using that up in the same transaction.
    func remove(_ id: AccountID, redeeming claim: CodeClaim?) async throws(SwitchyardError) {
        try await registry.ownerTurns.withTurn(of: id) { () async throws(SwitchyardError) in
            try await removeInTurn(id, redeeming: claim)
        }
    }

    private func removeInTurn(_ id: AccountID, redeeming claim: CodeClaim?) async throws(SwitchyardError) {
        let now = clock.now
        end(try await store.removeAccount(id, redeeming: claim, at: now))
        for device in registry.devices(of: id) {
            let ended = registry.remove(device.id, leaving: device.memory(at: now))
            bus.publish(.deviceRemoved(device.id, owner: id))
            for change in ended { bus.publish(.shareChanged(change)) }
        }
        registry.removeShares(receivedBy: id)
        known.forget(id)
        bus.publish(.accountRemoved(id))
    }

    static func check(password: String) throws(SwitchyardError) {
        guard (8...128).contains(password.utf8.count) else {
            throw SwitchyardError(.invalidInput, "a password has 8 to 128 bytes")
        }
    }

    /// Takes dead tokens out of the table and ends what runs on them.
    func end(_ dead: [TokenHash]) {
        guard !dead.isEmpty else { return }
        tokens.remove(dead)
        bus.publish(.tokensRevoked(dead))
    }
}

extension TokenRecord {
    /// What the pair's `at` grants.
    func grant(apiKey: APIKey) -> AccessGrant {
        AccessGrant(accountID: accountID, apiKey: apiKey, appID: appID, login: family, expiresAt: accessExpiresAt)
    }
}
