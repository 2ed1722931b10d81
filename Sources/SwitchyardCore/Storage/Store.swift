package import CoolkitWire

/// The persistent side of the server, split by domain.
///
/// Every method is one durable transaction: when it returns, the change survives `kill -9` and a power cut. Throws
/// `storageFailed` when the database refuses, and then nothing changed.
package protocol Store: AccountStore, ClientApplicationStore, TokenStore, DeviceStore, DeviceGroupStore,
    FactoryRecordStore, ShareStore, FirmwareStore, HistoryStore, HomeStore,
    VerificationStore, OutboxStore, ThingGroupStore, MessageStore, AuthorizationCodeStore
{
    /// Ends all use of the database; later calls throw.
    func close() async throws(SwitchyardError)

    /// Writes a copy of everything that was committed when this was called to a new file, and checks it; writes go on
    /// meanwhile. Returns the name of the schema's last migration. Throws `storageFailed` when there is no room, when the copy
    /// is not sound, and when the store is closed before it is done; then there is no file.
    func copy(to path: String) async throws(SwitchyardError) -> String
}

/// Accounts and their passwords.
package protocol AccountStore: Sendable {
    /// Stores the account with its first home. Throws `alreadyExists` when another account has the identifier, the id or the
    /// apikey.
    func createAccount(_ account: Account, passwordHash: String) async throws(SwitchyardError)
    func account(_ id: AccountID) async throws(SwitchyardError) -> Account?
    func account(identifiedBy identifier: AccountIdentifier) async throws(SwitchyardError) -> AccountCredentials?
    /// All accounts by time of creation.
    func accounts() async throws(SwitchyardError) -> [Account]
    /// Sets the hash of a new password and, in the same transaction, drops all tokens of the account. Throws
    /// `accountNotFound`.
    /// Returns the access hashes that died.
    func setPasswordHash(_ hash: String, of id: AccountID) async throws(SwitchyardError) -> [TokenHash]
    /// Puts a new hash of the same password in the place of `old`; no effect when another password was set meanwhile.
    func replacePasswordHash(_ old: String, with new: String, of id: AccountID) async throws(SwitchyardError)
    /// Puts a new hash in the place of `old` and, in the same transaction, drops all tokens of the account but the pair of
    /// `token`. Returns the access hashes that died. Throws `wrongOldPassword` when the hash is not `old` any more.
    func changePasswordHash(
        _ old: String,
        to new: String,
        of id: AccountID,
        keeping token: TokenHash
    ) async throws(SwitchyardError) -> [TokenHash]
    /// Throws `accountNotFound`.
    func setRegion(_ region: String, of id: AccountID) async throws(SwitchyardError)
    /// Without `language` and `countryCode` those of the account stay. Throws `accountNotFound`.
    func recordLogin(
        _ login: LoginRecord,
        language: Language?,
        countryCode: CountryCode?,
        of id: AccountID
    ) async throws(SwitchyardError)
    /// Changes what the owner tells of himself. Throws `accountNotFound`.
    func changeProfile(_ change: ProfileChange, of id: AccountID) async throws(SwitchyardError)
    /// Removes the account, its tokens and its devices (these become deleted devices), and uses the code up, if there is one.
    /// Returns the access hashes that died. Throws `accountNotFound`, and `codeWrong` when the claim does not hold (any more);
    /// then nothing happened.
    func removeAccount(
        _ id: AccountID,
        redeeming claim: CodeClaim?,
        at time: UnixTime
    ) async throws(SwitchyardError) -> [TokenHash]
}

extension AccountStore {
    /// Removes an account without a code.
    package func removeAccount(_ id: AccountID, at time: UnixTime) async throws(SwitchyardError) -> [TokenHash] {
        try await removeAccount(id, redeeming: nil, at: time)
    }
}

/// An account with the hash of its password (PHC string).
package struct AccountCredentials: Sendable {
    package let account: Account
    package var passwordHash: String

    package init(account: Account, passwordHash: String) {
        self.account = account
        self.passwordHash = passwordHash
    }
}

/// Client applications.
package protocol ClientApplicationStore: Sendable {
    /// Throws `alreadyExists` when the id is taken.
    func createApplication(_ application: ClientApplication) async throws(SwitchyardError)
    /// All applications by time of creation.
    func applications() async throws(SwitchyardError) -> [ClientApplication]
    /// Sets what is asked of its requests; returns it as it is then. Throws `notFound`.
    func setChecks(_ checks: RequestChecks, of id: AppID) async throws(SwitchyardError) -> ClientApplication
    /// Puts these URLs, each once, in the place of those it has; returns it as it is then. Throws `notFound`.
    func setRedirectURLs(_ urls: [RedirectURL], of id: AppID) async throws(SwitchyardError) -> ClientApplication
    /// Removes it with all tokens issued under it. Returns the access hashes that died. Throws `notFound`.
    func removeApplication(_ id: AppID) async throws(SwitchyardError) -> [TokenHash]
}

/// Token pairs, by hash.
package protocol TokenStore: Sendable {
    /// Stores a pair of a log-in and ends older ones as `scope` says (they are deleted), keeping at most `limit` pairs
    /// that are alive for the account (the oldest go); uses the code up, if there is one. Returns the access hashes that died.
    /// Throws `codeWrong` when the claim does not hold (any more) at the pair's time; then nothing happened.
    func issueTokens(
        _ record: TokenRecord,
        ending scope: SingleLoginScope,
        limit: Int,
        redeeming claim: CodeClaim?
    ) async throws(SwitchyardError) -> [TokenHash]
    func token(refreshHash: TokenHash) async throws(SwitchyardError) -> TokenRecord?
    /// Replaces the pair that has `oldRefreshHash`: marks it, and every other live pair of its family, as replaced at
    /// `record.issuedAt` and stores `record`. Returns the access hashes that died. Throws `tokenUnknown` when there is no such pair.
    /// Of the family, what `TokenRecord.Memory` does not keep is dropped.
    func rotateTokens(
        from oldRefreshHash: TokenHash,
        to record: TokenRecord
    ) async throws(SwitchyardError) -> [TokenHash]
    /// Deletes all pairs of a family (a replaced `rt` came back after its grace). Returns the access hashes that died.
    func revokeTokens(family: ObjectID) async throws(SwitchyardError) -> [TokenHash]
    /// The same for a family of the account; one of another is left alone.
    func revokeTokens(family: ObjectID, of id: AccountID) async throws(SwitchyardError) -> [TokenHash]
    /// Deletes all pairs of an account. Returns the access hashes that died.
    func revokeTokens(of id: AccountID) async throws(SwitchyardError) -> [TokenHash]
    /// All pairs that were not replaced and whose `rt` lives beyond `time` (an expired `at` is still told apart from an unknown
    /// one): loaded at start.
    func liveTokens(at time: UnixTime) async throws(SwitchyardError) -> [TokenRecord]
    /// Those of one account.
    func liveTokens(of id: AccountID, at time: UnixTime) async throws(SwitchyardError) -> [TokenRecord]
    /// Deletes pairs whose `rt` expired before `time`.
    func removeExpiredTokens(before time: UnixTime) async throws(SwitchyardError)
}

extension TokenStore {
    /// Stores a pair of a log-in that needed no code.
    package func issueTokens(
        _ record: TokenRecord,
        ending scope: SingleLoginScope,
        limit: Int
    ) async throws(SwitchyardError) -> [TokenHash] {
        try await issueTokens(record, ending: scope, limit: limit, redeeming: nil)
    }
}

/// Devices, their states and the memory of deleted ones.
package protocol DeviceStore: Sendable {
    /// Stores the device with its first state and its place, and forgets that it was deleted. Throws `alreadyExists` when the id
    /// is taken, `accountNotFound` when the owner does not exist, `deviceNotFound` when the gateway does not, `notFound` for a
    /// home or a room that is not the owner's. An adopted factory record of it goes.
    func createDevice(_ device: Device, state: DeviceState, at placement: Placement) async throws(SwitchyardError)
    /// Rewrites what the change names, and nothing else. Throws `deviceNotFound`, `invalidInput` for a group that is not the
    /// account's, and `notFound` for a home or a room that is not.
    func changeDevice(_ id: DeviceID, _ change: DeviceChange) async throws(SwitchyardError)
    /// Rewrites the facts; a chipid that is stored stays, and a uiid that was chosen. The key is stored if its digest is what
    /// was awaited; one that is known stays. Throws `deviceNotFound`.
    func saveFacts(_ facts: DeviceFacts, key: APIKey?, of id: DeviceID) async throws(SwitchyardError)
    /// Removes the device, with the sub-devices behind it, and remembers it as deleted if its key is known and it is no
    /// sub-device; of the owner's it keeps `DeletedDevice.limitPerAccount`. Throws `deviceNotFound`.
    func removeDevice(_ id: DeviceID, at time: UnixTime) async throws(SwitchyardError)
    /// All devices with their states: loaded at start.
    func devices() async throws(SwitchyardError) -> [(Device, DeviceState)]
    /// Writes states in one commit; states of devices that no longer exist are left out silently.
    func saveStates(_ states: [DeviceState]) async throws(SwitchyardError)
    /// Forgets devices that were deleted before `time`.
    func removeDeletedDevices(before time: UnixTime) async throws(SwitchyardError)
    /// All deleted devices, oldest first: loaded at start.
    func deletedDevices() async throws(SwitchyardError) -> [DeletedDevice]
    /// Stores how often a deleted device was told; no effect when it is not known.
    func setTimesTold(_ count: Int, of id: DeviceID) async throws(SwitchyardError)
}

extension DeviceStore {
    /// The same at the usual place: in front of the other things of the owner's current home.
    package func createDevice(_ device: Device, state: DeviceState) async throws(SwitchyardError) {
        try await createDevice(device, state: state, at: Placement())
    }
}

/// Groups and the devices in them.
///
/// Groups of other accounts are as good as none: `invalidInput`.
package protocol DeviceGroupStore: Sendable {
    /// Stores the group at its place; its own `index` does not count. Throws `invalidInput` when the account has `limit`
    /// groups, `accountNotFound` when it does not exist.
    func createGroup(_ group: DeviceGroup, at place: GroupPlace, limit: Int) async throws(SwitchyardError)
    /// Gives a group another name and another place; what is nil stays. Throws `invalidInput`.
    func changeGroup(
        _ id: GroupID,
        of account: AccountID,
        name: String?,
        place: GroupPlace?
    ) async throws(SwitchyardError)
    /// Removes the group; its devices are not in it any more. Throws `invalidInput`.
    func removeGroup(_ id: GroupID, of account: AccountID) async throws(SwitchyardError)
    /// The account's groups by index.
    func groups(of account: AccountID) async throws(SwitchyardError) -> [DeviceGroup]
    /// Makes all moves in one transaction. Throws `invalidInput` for a group that does not exist, or a device that the account
    /// neither owns nor shares.
    func moveDevices(_ moves: [GroupMove], of account: AccountID) async throws(SwitchyardError)
    /// For each device that the account has grouped, its groups by index.
    func memberships(of account: AccountID) async throws(SwitchyardError) -> [DeviceID: [GroupID]]
    /// The same for one device.
    func memberships(of account: AccountID, with device: DeviceID) async throws(SwitchyardError) -> [GroupID]
}

/// Factory records.
package protocol FactoryRecordStore: Sendable {
    /// Stores the operator's records in one transaction, in the place of older ones of the same devices; when and where a
    /// device was seen stays.
    func importFactoryRecords(_ records: [FactoryRecord]) async throws(SwitchyardError)
    /// Stores what devices left when they dialled in: adopted records whole, of the operator's when and where they were seen.
    func noteArrivals(_ records: [FactoryRecord]) async throws(SwitchyardError)
    /// Removes a record, if it exists.
    func removeFactoryRecord(_ id: DeviceID) async throws(SwitchyardError)
    /// Removes adopted records; those that do not exist are left out silently.
    func forgetAdopted(_ ids: [DeviceID]) async throws(SwitchyardError)
    /// All records: loaded at start.
    func factoryRecords() async throws(SwitchyardError) -> [FactoryRecord]
}

/// Firmware, and the upgrades that wait for a device's report.
package protocol FirmwareStore: Sendable {
    /// Throws `alreadyExists` when the model has this version or a release has this key.
    func createFirmware(_ release: FirmwareRelease) async throws(SwitchyardError)
    /// All releases by time of creation: loaded at start.
    func firmware() async throws(SwitchyardError) -> [FirmwareRelease]
    /// Removes a release with the upgrades to it that wait. Throws `notFound`.
    func removeFirmware(_ key: FirmwareKey) async throws(SwitchyardError)
    /// Puts an upgrade in the place of the one that waits for a device, or with nil forgets that one. Throws `notFound` when
    /// there is no such release or no such device.
    func setPendingUpgrade(_ key: FirmwareKey?, of id: DeviceID, at time: UnixTime) async throws(SwitchyardError)
    /// The upgrades that wait: loaded at start.
    func pendingUpgrades() async throws(SwitchyardError) -> [(DeviceID, FirmwareKey)]
}

/// What devices have reported and been told.
package protocol HistoryStore: Sendable {
    /// Appends entries, oldest first, in one commit, and keeps the newest `limit` of each device. Entries from before a device
    /// was added are left out silently, and so are those of devices that no longer exist. Throws `invalidInput`, and appends
    /// none, when the params of one are no JSON.
    func appendHistory(_ entries: [HistoryEntry], keeping limit: Int) async throws(SwitchyardError)
    /// The newest entries of a device that fit the query, newest first.
    func history(of id: DeviceID, _ query: HistoryQuery) async throws(SwitchyardError) -> [HistoryRecord]
    /// Deletes at most `count` entries of a device, oldest first, of `time` or before; returns how many.
    func removeHistory(
        of id: DeviceID,
        until time: UnixTime,
        atMost count: Int
    ) async throws(SwitchyardError) -> Int
    /// Deletes at most `count` entries from before `time`; returns how many.
    func removeHistory(before time: UnixTime, atMost count: Int) async throws(SwitchyardError) -> Int
}
