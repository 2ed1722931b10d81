/// The homes of an account, their rooms, and where its things stand.
///
/// Nothing is kept in memory: only REST asks for it. What does not exist and what is another account's are alike: `notFound`.
/// Source: `coolkit-v2-http.md` §5.
package struct HomeService: Sendable {
    let store: any Store
    let settings: ProtocolSettings
    let clock: WallClock

    /// The most rooms of one home.
    ///
    /// Source: `coolkit-v2-http.md` §5.
    package static let maximumRooms = 100

    package init(store: any Store, settings: ProtocolSettings, clock: WallClock) {
        self.store = store
        self.settings = settings
        self.clock = clock
    }

    // MARK: Homes

    /// The homes in the order apps show them; one of them is the current one.
    ///
    /// Throws `tokenUnknown` when the account was removed meanwhile: else it would have one.
    package func homes(of account: AccountID) async throws(SwitchyardError) -> [Home] {
        let homes = try await store.homes(of: account)
        guard !homes.isEmpty else { throw SwitchyardError(.tokenUnknown, "the account was removed") }
        return homes
    }

    /// Makes a home with rooms of these names, in this order.
    ///
    /// Throws `invalidInput`, `tooManyHomes`, `storageFailed`.
    package func create(
        named name: String,
        rooms: [String],
        at end: SortEnd,
        for account: AccountID
    ) async throws(SwitchyardError) -> Home {
        guard rooms.count <= Self.maximumRooms else { throw Self.tooManyRooms }
        let now = clock.now
        var home = Home(
            id: .random(at: now),
            account: account,
            name: try Self.checked(name: name),
            createdAt: now
        )
        for (index, name) in rooms.enumerated() {
            let name = try Self.checked(name: name, member: "roomNameList")
            home.rooms.append(Room(id: .random(at: now), name: name, index: index, createdAt: now))
        }
        return try await store.createHome(home, at: end, limits: HomeLimits(homes: settings.maximumHomesPerAccount))
    }

    /// Gives a home, with nil the current one, another name.
    package func rename(_ id: HomeID?, to name: String, for account: AccountID) async throws(SwitchyardError) {
        try await store.renameHome(id, of: account, to: try Self.checked(name: name))
    }

    /// Makes a home the current one.
    package func select(_ id: HomeID, for account: AccountID) async throws(SwitchyardError) {
        try await store.selectHome(id, of: account)
    }

    /// Removes a home and its rooms; its things go to another one.
    ///
    /// Of several removals at once the last home stays: each looks in its own transaction whether there is another.
    ///
    /// Throws `notFound`, `lastHome`, `invalidInput`, `storageFailed`.
    package func remove(
        _ id: HomeID,
        leaving heirs: HomeHeirs,
        for account: AccountID
    ) async throws(SwitchyardError) {
        guard heirs.things != id else { throw SwitchyardError(.invalidInput, "params is error: deviceFamily") }
        guard heirs.current != id else { throw SwitchyardError(.invalidInput, "params is error: switchFamily") }
        try await store.removeHome(id, of: account, heirs)
    }

    // MARK: Rooms

    /// Adds a room to a home.
    ///
    /// Throws `invalidInput`, `notFound`, `tooManyHomes`, `storageFailed`.
    package func addRoom(
        named name: String,
        to home: HomeID,
        at end: SortEnd,
        for account: AccountID
    ) async throws(SwitchyardError) -> Room {
        let now = clock.now
        let room = Room(id: .random(at: now), name: try Self.checked(name: name), createdAt: now)
        return try await store.createRoom(room, in: home, of: account, at: end, limit: Self.maximumRooms)
    }

    package func renameRoom(
        _ id: RoomID,
        to name: String,
        for account: AccountID
    ) async throws(SwitchyardError) {
        try await store.renameRoom(id, of: account, to: try Self.checked(name: name))
    }

    /// Removes a room; its things stay in the home.
    package func removeRoom(_ id: RoomID, for account: AccountID) async throws(SwitchyardError) {
        try await store.removeRoom(id, of: account)
    }

    /// Puts the rooms of a home, with nil of the current one, into another order, in which each of them stands once.
    package func arrangeRooms(
        _ order: [RoomID],
        in home: HomeID?,
        for account: AccountID
    ) async throws(SwitchyardError) {
        guard Set(order).count == order.count else {
            throw SwitchyardError(.invalidInput, "params is error: idList names a room twice")
        }
        try await store.arrangeRooms(order, in: home, of: account)
    }

    static func checked(name: String, member: String = "name") throws(SwitchyardError) -> String {
        guard let name = try DeviceService.checked(name: name) else {
            throw SwitchyardError(.invalidInput, "params incomplete: \(member)")
        }
        return name
    }

    package static var tooManyRooms: SwitchyardError {
        SwitchyardError(.tooManyHomes, "a home has at most \(maximumRooms) rooms")
    }
}
