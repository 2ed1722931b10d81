import CoolkitWire
import SwitchyardCore

/// A moment that all samples are counted from.
let sampleTime = UnixTime(seconds: 1_700_000_000)

extension ObjectID {
    /// The id with this number.
    static func sample(_ number: Int) throws -> ObjectID {
        let digits = String(number, radix: 16)
        return try required(ObjectID(String(repeating: "0", count: 24 - digits.utf8.count) + digits))
    }
}

extension Account {
    static func sample(_ number: Int, identifier: AccountIdentifier? = nil) throws -> Account {
        Account(
            id: AccountID(try .sample(number)),
            apiKey: APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-\(number)"),
            identifier: identifier ?? .email("person\(number)@example.org"),
            nickname: "Person \(number) ü",
            region: "eu",
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }
}

extension ClientApplication {
    static func sample(_ number: Int) -> ClientApplication {
        ClientApplication(
            id: AppID(unchecked: "SYdemoAppId0000000000000000000\(number)"),
            secret: "secret \(number)",
            name: "Application \(number)",
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }
}

extension TokenRecord {
    /// The pair with this number: its tokens are `access N` and `refresh N`.
    ///
    /// Issued `number` seconds after `sampleTime`.
    static func sample(
        _ number: Int,
        account: Account,
        application: ClientApplication,
        family: Int? = nil
    ) throws -> TokenRecord {
        let issuedAt = sampleTime.advanced(by: .seconds(number))
        return TokenRecord(
            accountID: account.id,
            appID: application.id,
            accessHash: TokenHash(of: "access \(number)"),
            refreshHash: TokenHash(of: "refresh \(number)"),
            issuedAt: issuedAt,
            accessExpiresAt: issuedAt.advanced(by: .seconds(1_000)),
            refreshExpiresAt: issuedAt.advanced(by: .seconds(2_000)),
            family: try .sample(family ?? number),
            client: LoginFacts(address: "192.0.2.\(number)", os: "iOS", model: "ü", appVersion: "5.\(number)")
        )
    }

    /// The same pair as one of another log-in.
    func inFamily(_ family: ObjectID) -> TokenRecord {
        TokenRecord(
            accountID: accountID,
            appID: appID,
            accessHash: accessHash,
            refreshHash: refreshHash,
            issuedAt: issuedAt,
            accessExpiresAt: accessExpiresAt,
            refreshExpiresAt: refreshExpiresAt,
            family: family,
            client: client
        )
    }

    func replaced(at time: UnixTime) -> TokenRecord {
        var record = self
        record.replacedAt = time
        return record
    }
}

extension Device {
    static func sample(_ number: Int, owner: Account, parent: DeviceID? = nil) throws -> Device {
        Device(
            id: DeviceID(unchecked: "100000000\(number)"),
            objectID: try .sample(1_000 + number),
            factoryRecordID: try .sample(2_000 + number),
            owner: owner.id,
            ownerAPIKey: owner.apiKey,
            credential: .key(APIKey(unchecked: "d0d0d0d0-1111-4222-8333-\(number)")),
            name: "Lamp \(number)",
            facts: DeviceFacts(
                uiid: 1,
                model: "PSA-B01-GL",
                brandName: "brand",
                productModel: "BASIC",
                mac: "d0:27:00:00:00:0\(number)",
                chipID: "00AABBCC",
                romVersion: "3.0.1"
            ),
            options: DeviceOptions(ackByUpdate: number.isMultiple(of: 2), fullSwitchesArray: nil),
            parent: parent,
            addedUnder: ClientApplication.sample(1).id,
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }
}

extension Home {
    /// The home with this number, with rooms of these numbers.
    static func sample(_ number: Int, of account: Account, rooms: [Int] = []) throws -> Home {
        Home(
            id: HomeID(try .sample(3_000 + number)),
            account: account.id,
            name: "Home \(number) ü",
            rooms: try rooms.enumerated().map { try .sample($0.element, index: $0.offset) },
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }
}

extension Room {
    static func sample(_ number: Int, index: Int = 0) throws -> Room {
        Room(
            id: RoomID(try .sample(4_000 + number)),
            name: "Room \(number) ü",
            index: index,
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }
}

extension Share {
    static func sample(
        of device: Device,
        owner: Account,
        receiver: Account,
        permit: SharePermit = [.addTimers, .enableTimers],
        after seconds: Int = 0
    ) -> Share {
        Share(
            device: device.id,
            owner: ShareParty(owner),
            receiver: ShareParty(receiver),
            terms: ShareTerms(deviceName: "Lampe ü", userName: "Bob", permit: permit, note: "十个汉字的备注十个汉"),
            sharedAt: sampleTime.advanced(by: .seconds(seconds))
        )
    }
}

/// A sample that could not be made.
struct MissingValue: Error {}

/// The value, or an error of the test.
func required<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw MissingValue() }
    return value
}

extension Store {
    /// Stores the account with this number.
    func addAccount(_ number: Int) async throws -> Account {
        let account = try Account.sample(number)
        try await createAccount(account, passwordHash: "$scrypt$\(number)")
        return account
    }

    /// Stores the application with this number.
    func addApplication(_ number: Int) async throws -> ClientApplication {
        let application = ClientApplication.sample(number)
        try await createApplication(application)
        return application
    }

    /// Stores the device with this number.
    func addDevice(_ number: Int, owner: Account, parent: DeviceID? = nil) async throws -> Device {
        let device = try Device.sample(number, owner: owner, parent: parent)
        try await createDevice(device, state: DeviceState(id: device.id))
        return device
    }

    /// Stores a share.
    func addShare(of device: Device, owner: Account, receiver: Account, after seconds: Int = 0) async throws -> Share {
        let share = Share.sample(of: device, owner: owner, receiver: receiver, after: seconds)
        try await createShare(share, limits: ShareLimits(perDevice: 100, perReceiver: 100))
        return share
    }

    /// Stores a pair as a log-in does, without ending others.
    func addTokens(_ record: TokenRecord) async throws {
        _ = try await issueTokens(record, ending: .none, limit: 1_000)
    }
}
