package import CoolkitWire

/// The groups of an account: made, changed, removed, filled.
///
/// Nothing is kept in memory: only REST asks for groups. A group that does not exist and one of another account are alike:
/// `invalidInput`, as the documents list no other code. Source: `coolkit-v1-http.md` §4.
package struct GroupService: Sendable {
    let store: any Store
    let registry: DeviceRegistry
    let settings: ProtocolSettings
    let clock: WallClock

    /// The largest index that a client may ask for.
    package static let maximumIndex = 1_000_000
    /// The most devices that one call may move.
    package static let maximumMoves = 256
    private static let maximumNameBytes = 128

    // MARK: Reading

    /// The groups in the order apps show them.
    package func groups(of account: AccountID) async throws(SwitchyardError) -> [DeviceGroup] {
        try await store.groups(of: account)
    }

    /// The groups that each device is in, as this account has grouped them.
    package func memberships(of account: AccountID) async throws(SwitchyardError) -> [DeviceID: [GroupID]] {
        try await store.memberships(of: account)
    }

    /// The groups that one device is in, as this account has grouped it.
    package func groups(with device: DeviceID, of account: AccountID) async throws(SwitchyardError) -> [GroupID] {
        try await store.memberships(of: account, with: device)
    }

    // MARK: Changing

    /// Makes a group.
    ///
    /// Throws `invalidInput`, also when the account has as many as it may have.
    package func create(
        named name: String,
        at index: Int?,
        for account: AccountID
    ) async throws(SwitchyardError) -> GroupID {
        let group = DeviceGroup(
            id: .random(),
            account: account,
            name: try Self.checked(name: name),
            index: 0,
            createdAt: clock.now
        )
        try await store.createGroup(group, at: try Self.place(index) ?? .last, limit: settings.maximumGroupsPerAccount)
        return group.id
    }

    /// Gives a group another name, another place, or both; what is nil stays.
    package func change(
        _ id: GroupID,
        name: String?,
        index: Int?,
        for account: AccountID
    ) async throws(SwitchyardError) {
        guard name != nil || index != nil else {
            throw SwitchyardError(.invalidInput, "params incomplete: name")
        }
        var checkedName: String?
        if let name { checkedName = try Self.checked(name: name) }
        try await store.changeGroup(id, of: account, name: checkedName, place: try Self.place(index))
    }

    /// Removes a group; its devices stay where they are otherwise.
    package func remove(_ id: GroupID, for account: AccountID) async throws(SwitchyardError) {
        try await store.removeGroup(id, of: account)
    }

    /// Moves devices between groups: all of them or none.
    package func move(_ moves: [GroupMove], for account: AccountID) async throws(SwitchyardError) {
        guard (1...Self.maximumMoves).contains(moves.count) else {
            throw SwitchyardError(.invalidInput, "params is error: deviceinfos has 1 to \(Self.maximumMoves) elements")
        }
        for move in moves {
            guard registry.device(move.device)?.isVisible(to: account) == true else {
                throw SwitchyardError(.invalidInput, "params is error: deviceid")
            }
        }
        try await store.moveDevices(moves, of: account)
    }

    private static func checked(name: String) throws(SwitchyardError) -> String {
        guard let name = try DeviceService.checked(name: name) else {
            throw SwitchyardError(.invalidInput, "params incomplete: name")
        }
        return name
    }

    /// The place that an `index` means: 0 is behind all others.
    private static func place(_ index: Int?) throws(SwitchyardError) -> GroupPlace? {
        guard let index else { return nil }
        guard (0...maximumIndex).contains(index) else {
            throw SwitchyardError(.invalidInput, "params is error: index is not 0 to \(maximumIndex)")
        }
        return index == 0 ? .last : .at(index)
    }
}
