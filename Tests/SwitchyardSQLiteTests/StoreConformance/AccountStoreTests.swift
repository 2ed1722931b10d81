import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Account store")
struct AccountStoreTests {
    @Test("An account comes back as it was stored, by id and by identifier", arguments: StoreImplementation.allCases)
    func storesAccounts(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let account = try Account.sample(1)

            try await store.createAccount(account, passwordHash: "$scrypt$1")

            #expect(try await store.account(account.id) == account)
            let credentials = try await store.account(identifiedBy: account.identifier)
            #expect(credentials?.account == account)
            #expect(credentials?.passwordHash == "$scrypt$1")
        }
    }

    @Test(
        "Every kind of identifier is found again, and only as its own kind",
        arguments: StoreImplementation.allCases,
        [AccountIdentifier.email("+tag@example.org"), .email("ü@example.org"), .phone("+8613800000000")]
    )
    func findsIdentifiers(implementation: StoreImplementation, identifier: AccountIdentifier) async throws {
        try await implementation.withStore { store in
            let account = try Account.sample(1, identifier: identifier)

            try await store.createAccount(account, passwordHash: "$scrypt$1")

            #expect(try await store.account(identifiedBy: identifier)?.account == account)
            #expect(try await store.account(identifiedBy: .phone(identifier.description + "0")) == nil)
        }
    }

    @Test("An unknown account is nil", arguments: StoreImplementation.allCases)
    func knowsNoStrangers(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let stranger = AccountID(try .sample(9))

            #expect(try await store.account(stranger) == nil)
            #expect(try await store.account(identifiedBy: .email("nobody@example.org")) == nil)
            #expect(try await store.accounts().isEmpty)
        }
    }

    @Test(
        "Identifiers are unique without regard to case; so are ids and apikeys",
        arguments: StoreImplementation.allCases
    )
    func refusesDuplicates(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let first = try await store.addAccount(1)
            let second = try Account.sample(2)
            let twins = [
                try Account.sample(2, identifier: .email("PERSON1@Example.ORG")),
                Account(
                    id: first.id,
                    apiKey: second.apiKey,
                    identifier: second.identifier,
                    region: "eu",
                    createdAt: sampleTime
                ),
                Account(
                    id: second.id,
                    apiKey: first.apiKey,
                    identifier: second.identifier,
                    region: "eu",
                    createdAt: sampleTime
                ),
            ]

            for twin in twins {
                await expect(.alreadyExists) { try await store.createAccount(twin, passwordHash: "$scrypt$2") }
            }

            #expect(try await store.accounts() == [first])
            #expect(try await store.account(identifiedBy: .email("PERSON1@EXAMPLE.org"))?.account == first)
        }
    }

    @Test("Accounts are listed by time of creation", arguments: StoreImplementation.allCases)
    func listsAccounts(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (third, first, second) = (
                try await store.addAccount(3), try await store.addAccount(1), try await store.addAccount(2)
            )

            #expect(try await store.accounts() == [first, second, third])
        }
    }

    @Test("The last log-in is stored, with and without what clients leave out", arguments: StoreImplementation.allCases)
    func recordsLogins(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let account = try await store.addAccount(1)
            let appID = ClientApplication.sample(1).id
            let logins = [
                LoginRecord(appID: appID, time: sampleTime, address: "192.0.2.1", os: "android", appVersion: "3.12.0"),
                LoginRecord(appID: appID, time: sampleTime, address: "2001:db8::1", os: nil, appVersion: nil),
            ]

            for login in logins {
                try await store.recordLogin(login, language: nil, countryCode: nil, of: account.id)

                #expect(try await store.account(account.id)?.lastLogin == login)
            }
            #expect(try await store.account(account.id)?.language == .english)
            let german = CountryCode("+49")
            try await store.recordLogin(logins[0], language: .chinese, countryCode: german, of: account.id)
            try await store.recordLogin(logins[0], language: nil, countryCode: nil, of: account.id)
            #expect(try await store.account(account.id)?.language == .chinese)
            #expect(try await store.account(account.id)?.profile.countryCode == german)
            await expect(.accountNotFound) {
                try await store.recordLogin(
                    logins[0],
                    language: .english,
                    countryCode: german,
                    of: AccountID(.sample(9))
                )
            }
        }
    }

    @Test(
        "What the owner tells of himself comes back, stored at once or by a change",
        arguments: StoreImplementation.allCases
    )
    func keepsProfiles(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            var told = try Account.sample(1)
            told.profile.countryCode = CountryCode("+1684")
            told.profile.timeZone = ProfileTimeZone(id: "Pacific/Pago_Pago", offsetHours: -11)
            told.profile.languageTag = LanguageTag("en-AS")
            told.profile.acceptsAdvertising = true
            told.profile.wasConsulted = true
            told.profile.subscribedEmail = "news@example.org"
            try await store.createAccount(told, passwordHash: "$scrypt$1")
            let other = try await store.addAccount(2)
            var change = ProfileChange()
            change.nickname = "Zoë"
            change.timeZone = ProfileTimeZone(id: "Asia/Kathmandu", offsetHours: 5.75)
            change.acceptsAdvertising = false

            #expect(try await store.account(told.id) == told)
            try await store.changeProfile(change, of: told.id)

            told.nickname = "Zoë"
            told.profile.timeZone = change.timeZone
            told.profile.acceptsAdvertising = false
            #expect(try await store.accounts() == [told, other])
            await expect(.accountNotFound) { try await store.changeProfile(change, of: AccountID(.sample(9))) }
        }
    }

    @Test("An account moves to another region, and only to one there is", arguments: StoreImplementation.allCases)
    func setsRegion(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (account, other) = (try await store.addAccount(1), try await store.addAccount(2))

            try await store.setRegion("us", of: account.id)

            #expect(try await store.accounts().map(\.region) == ["us", other.region])
            await expect(.accountNotFound) { try await store.setRegion("us", of: AccountID(.sample(9))) }
            await expect(.storageFailed) { try await store.setRegion("mars", of: account.id) }
        }
    }

    @Test(
        "A password is changed for the old one; every token of the account ends but the caller's pair",
        arguments: StoreImplementation.allCases
    )
    func changesPassword(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (account, other) = (try await store.addAccount(1), try await store.addAccount(2))
            let application = try await store.addApplication(1)
            let own = try TokenRecord.sample(1, account: account, application: application)
            let second = try TokenRecord.sample(2, account: account, application: application)
            let foreign = try TokenRecord.sample(3, account: other, application: application)
            for record in [own, second, foreign] { try await store.addTokens(record) }
            func change(_ old: String) async throws(SwitchyardError) -> [TokenHash] {
                try await store.changePasswordHash(old, to: "$scrypt$b", of: account.id, keeping: own.accessHash)
            }

            await expect(.wrongOldPassword) { _ = try await change("$scrypt$a") }
            #expect(try await store.liveTokens(at: sampleTime).count == 3)
            let dead = try await change("$scrypt$1")

            #expect(dead == [second.accessHash])
            #expect(Set(try await store.liveTokens(at: sampleTime)) == [own, foreign])
            #expect(try await store.account(identifiedBy: account.identifier)?.passwordHash == "$scrypt$b")
            await expect(.wrongOldPassword) { _ = try await change("$scrypt$1") }
        }
    }

    @Test(
        "A new password ends all tokens; a rehash ends none, and comes too late for another password",
        arguments: StoreImplementation.allCases
    )
    func setsPasswords(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (account, other) = (try await store.addAccount(1), try await store.addAccount(2))
            let application = try await store.addApplication(1)
            let tokens = try TokenRecord.sample(1, account: account, application: application)
            let otherTokens = try TokenRecord.sample(2, account: other, application: application)
            try await store.addTokens(tokens)
            try await store.addTokens(otherTokens)

            try await store.replacePasswordHash("$scrypt$1", with: "$scrypt$a", of: account.id)

            #expect(try await store.account(identifiedBy: account.identifier)?.passwordHash == "$scrypt$a")
            #expect(try await store.liveTokens(at: sampleTime).count == 2)

            let changed = try await store.setPasswordHash("$scrypt$b", of: account.id)
            try await store.replacePasswordHash("$scrypt$a", with: "$scrypt$c", of: account.id)

            #expect(changed == [tokens.accessHash])
            #expect(try await store.account(identifiedBy: account.identifier)?.passwordHash == "$scrypt$b")
            #expect(try await store.liveTokens(at: sampleTime) == [otherTokens])
            await expect(.accountNotFound) {
                _ = try await store.setPasswordHash("$scrypt$", of: AccountID(.sample(9)))
            }
        }
    }

    @Test(
        "A removed account takes its tokens along and leaves its devices as deleted",
        arguments: StoreImplementation.allCases
    )
    func removesAccounts(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (account, other) = (try await store.addAccount(1), try await store.addAccount(2))
            let application = try await store.addApplication(1)
            let tokens = try TokenRecord.sample(1, account: account, application: application)
            try await store.addTokens(tokens)
            let device = try await store.addDevice(1, owner: account)
            let otherDevice = try await store.addDevice(2, owner: other)

            let dead = try await store.removeAccount(account.id, at: sampleTime)

            #expect(dead == [tokens.accessHash])
            #expect(try await store.accounts() == [other])
            #expect(try await store.token(refreshHash: tokens.refreshHash) == nil)
            #expect(try await store.devices().map(\.0) == [otherDevice])
            let expected = DeletedDevice(
                id: device.id,
                factoryKey: try #require(device.factoryKey),
                owner: device.owner,
                timesTold: 0,
                deletedAt: sampleTime
            )
            #expect(try await store.deletedDevices() == [expected])
            await expect(.accountNotFound) { _ = try await store.removeAccount(account.id, at: sampleTime) }
        }
    }
}
