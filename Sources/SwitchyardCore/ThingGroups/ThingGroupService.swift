package import CoolkitWire

/// The groups of version 2: made, changed, removed, switched (`ThingGroupService+commands.swift`).
///
/// Nothing is kept in memory: only REST asks for groups. A group that does not exist and one of another account are alike:
/// `notFound`. Source: `coolkit-v2-http.md` §4.2.
package struct ThingGroupService: Sendable {
    let store: any Store
    let registry: DeviceRegistry
    let commands: DeviceCommands
    let settings: ProtocolSettings
    let clock: WallClock
    /// Whose turn it is to change a group: what is merged is read before.
    let turns = Turns<ThingGroupID>()

    package init(
        store: any Store,
        registry: DeviceRegistry,
        commands: DeviceCommands,
        settings: ProtocolSettings,
        clock: WallClock
    ) {
        self.store = store
        self.registry = registry
        self.commands = commands
        self.settings = settings
        self.clock = clock
    }

    // MARK: Reading

    /// All groups of an account, by time of creation.
    package func groups(of account: AccountID) async throws(SwitchyardError) -> [ThingGroup] {
        try await store.thingGroups(of: account)
    }

    /// One group.
    ///
    /// Throws `notFound`.
    package func group(_ id: ThingGroupID, of account: AccountID) async throws(SwitchyardError) -> ThingGroup {
        guard let group = try await store.thingGroup(id, of: account) else {
            throw SwitchyardError(.notFound, "the group does not exist")
        }
        return group
    }

    // MARK: Changing

    /// Makes a group.
    ///
    /// Devices of another kind than the main one are left out. Source: API Center v2, "Add Group" (`deviceidList`: "if the
    /// UIID of any device in the list is not the same as that of the main device, it will not be added").
    ///
    /// - Parameters:
    ///   - others: further members; the main device need not be among them.
    ///   - placement: where it stands.
    /// - Throws: `invalidInput`, `deviceNotFound`, `tooManyGroups`, `notFound` (the placement), `storageFailed`.
    package func create(
        named name: String,
        mainDevice: DeviceID,
        others: [DeviceID] = [],
        at placement: Placement = Placement(),
        for account: AccountID
    ) async throws(SwitchyardError) -> ThingGroup {
        let name = try Self.checked(name: name)
        let main = try device(mainDevice, visibleTo: account)
        var members: [DeviceID] = []
        for other in others where try device(other, visibleTo: account).uiid == main.uiid { members.append(other) }
        let now = clock.now
        let group = ThingGroup(
            id: ThingGroupID(.random(at: now)),
            owner: account,
            name: name,
            mainDevice: mainDevice,
            members: try Self.checked(members: members, mainDevice: mainDevice),
            createdAt: now
        )
        try await store.createThingGroup(group, at: placement, limit: settings.maximumThingGroupsPerAccount)
        return group
    }

    /// Gives a group another name.
    ///
    /// Throws `invalidInput`, `notFound`, `storageFailed`.
    package func rename(
        _ id: ThingGroupID,
        to name: String,
        by account: AccountID
    ) async throws(SwitchyardError) {
        try await store.changeThingGroup(id, of: account, ThingGroupChange(name: try Self.checked(name: name)))
    }

    /// Removes a group; its devices stay.
    ///
    /// Throws `notFound`, `storageFailed`.
    package func remove(_ id: ThingGroupID, by account: AccountID) async throws(SwitchyardError) {
        try await store.removeThingGroup(id, of: account)
    }

    /// Puts other members in the place of those that the group has; the main device has to be among them.
    ///
    /// - Returns: the devices that are in the group now, and then those that have left it.
    /// - Throws: `notFound`, `deviceNotFound`, `invalidInput` (without the main device, with one of another kind, too many),
    ///   `storageFailed`.
    package func setMembers(
        _ members: [DeviceID],
        of id: ThingGroupID,
        by account: AccountID
    ) async throws(SwitchyardError) -> [DeviceID] {
        try await change(id, by: account) { (group) throws(SwitchyardError) in
            guard members.contains(group.mainDevice) else {
                throw SwitchyardError(.invalidInput, "params is error: deviceidList lacks the main device of the group")
            }
            return members
        }
    }

    /// Adds devices to a group.
    ///
    /// - Returns: the added devices. Throws as `setMembers`.
    package func addMembers(
        _ added: [DeviceID],
        to id: ThingGroupID,
        by account: AccountID
    ) async throws(SwitchyardError) -> [DeviceID] {
        _ = try await change(id, by: account) { $0.members + added }
        return added
    }

    /// Takes devices out of a group; those that are not in it do not matter, the main device stays.
    ///
    /// - Returns: the devices that have left. Throws as `setMembers`.
    package func removeMembers(
        _ removed: [DeviceID],
        from id: ThingGroupID,
        by account: AccountID
    ) async throws(SwitchyardError) -> [DeviceID] {
        let touched = try await change(id, by: account) { (group) throws(SwitchyardError) in
            guard !removed.contains(group.mainDevice) else {
                throw SwitchyardError(.invalidInput, "params is error: deviceidList has the main device of the group")
            }
            return group.members.filter { !removed.contains($0) }
        }
        return touched.filter(removed.contains)
    }

    /// Changes the members in the group's turn; returns those it has now, then those that have left.
    private func change(
        _ id: ThingGroupID,
        by account: AccountID,
        _ members: @Sendable (ThingGroup) throws(SwitchyardError) -> [DeviceID]
    ) async throws(SwitchyardError) -> [DeviceID] {
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let group = try await group(id, of: account)
            let members = try Self.checked(members: members(group), mainDevice: group.mainDevice)
            let uiid = try device(group.mainDevice, visibleTo: account).uiid
            for member in members where try device(member, visibleTo: account).uiid != uiid {
                throw SwitchyardError(.invalidInput, "params is error: device \(member) is of another kind")
            }
            try await store.changeThingGroup(id, of: account, ThingGroupChange(members: members))
            return members + group.members.filter { !members.contains($0) }
        }
    }

    // MARK: Checking

    private func device(_ id: DeviceID, visibleTo account: AccountID) throws(SwitchyardError) -> DeviceFacts {
        guard let device = registry.device(id), device.isVisible(to: account) else {
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        return device.device.facts
    }

    /// The members, each once, the main device first.
    private static func checked(
        members: [DeviceID],
        mainDevice: DeviceID
    ) throws(SwitchyardError) -> [DeviceID] {
        var unique = [mainDevice]
        var seen: Set = [mainDevice]
        for member in members where seen.insert(member).inserted { unique.append(member) }
        guard unique.count <= ThingGroup.maximumMembers else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: a group has at most \(ThingGroup.maximumMembers) devices"
            )
        }
        return unique
    }

    /// The name without surrounding white space.
    private static func checked(name: String) throws(SwitchyardError) -> String {
        let name = name.drop(while: \.isWhitespace)
        let end = name.lastIndex(where: { !$0.isWhitespace }).map { name.index(after: $0) } ?? name.startIndex
        let text = String(name[..<end])
        guard (1...ThingGroup.maximumNameCharacters).contains(text.unicodeScalars.count), !text.utf8.contains(0) else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: name has 1 to \(ThingGroup.maximumNameCharacters) characters"
            )
        }
        return text
    }
}
