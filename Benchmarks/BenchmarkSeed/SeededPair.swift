import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite

/// An account, its device and a live token pair: what one pair of the load generator needs.
struct SeededPair {
    let account: Account
    let device: Device
    /// The device's own apikey.
    private let key: APIKey
    let tokens: TokenPair
    private let tokenRecord: TokenRecord

    /// The application the tokens belong to; nothing signs with it.
    static func application(at time: UnixTime) -> ClientApplication {
        ClientApplication(
            id: AppID(unchecked: RandomText.alphanumeric(length: 32)),
            secret: RandomText.alphanumeric(length: 32),
            name: "benchmark",
            createdAt: time
        )
    }

    init(index: Int, region: String, appID: AppID, time: UnixTime) {
        let accountID = AccountID(.random(at: time))
        let apiKey = APIKey(unchecked: RandomText.uuid())
        account = Account(
            id: accountID,
            apiKey: apiKey,
            identifier: .email("pair\(index)@benchmark.example"),
            region: region,
            createdAt: time
        )
        key = APIKey(unchecked: RandomText.uuid())
        device = Device(
            id: DeviceID(unchecked: Self.deviceID(of: index)),
            objectID: .random(at: time),
            factoryRecordID: .random(at: time),
            owner: accountID,
            ownerAPIKey: apiKey,
            credential: .key(key),
            name: "Switch \(index)",
            facts: DeviceFacts(uiid: 1, model: "ITA-GZ1-GL"),
            addedUnder: appID,
            createdAt: time
        )
        tokens = .random()
        tokenRecord = TokenRecord(
            accountID: accountID,
            appID: appID,
            accessHash: TokenHash(of: tokens.accessToken),
            refreshHash: TokenHash(of: tokens.refreshToken),
            issuedAt: time,
            accessExpiresAt: time.advanced(by: .seconds(30 * 86_400)),
            refreshExpiresAt: time.advanced(by: .seconds(60 * 86_400)),
            family: .random(at: time)
        )
    }

    /// The state of a switch that is off, as its device reported it.
    var state: DeviceState {
        DeviceState(id: device.id, params: Array(#"{"switch":"off","fwVersion":"3.5.0","rssi":-55}"#.utf8))
    }

    /// One line of the credentials file: `deviceid devicekey userapikey accesstoken`.
    var credentialsLine: String {
        "\(device.id) \(key) \(account.apiKey) \(tokens.accessToken)\n"
    }

    func save(in store: SQLiteStore) async throws {
        // No password has this hash, so nobody logs in to these accounts.
        try await store.createAccount(account, passwordHash: "!")
        try await store.createDevice(device, state: DeviceState(id: device.id))
        _ = try await store.issueTokens(tokenRecord, ending: .none, limit: 1)
    }

    /// `1000` and six hex digits, as Wi-Fi devices have it; the index keeps them apart.
    private static func deviceID(of index: Int) -> String {
        let digits = String(index, radix: 16)
        return "1000" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}
