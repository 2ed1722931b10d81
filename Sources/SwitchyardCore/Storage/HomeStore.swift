/// Homes, their rooms, and where things stand in them.
///
/// Whatever is another account's is as good as none: `notFound`. An account's first home is made with the account, and a thing's
/// place with the thing (`createDevice`, `createShare`); they go together, too.
package protocol HomeStore: Sendable {
    /// The account's homes by index.
    func homes(of account: AccountID) async throws(SwitchyardError) -> [Home]
    /// Stores a home with its rooms at one end of the others; its own `index` does not count. Returns it as it is then. Throws
    /// `tooManyHomes`, `accountNotFound`.
    func createHome(_ home: Home, at end: SortEnd, limits: HomeLimits) async throws(SwitchyardError) -> Home
    /// Gives a home, with nil the current one, another name. Throws `notFound`.
    func renameHome(_ id: HomeID?, of account: AccountID, to name: String) async throws(SwitchyardError)
    /// Makes a home the current one. Throws `notFound`.
    func selectHome(_ id: HomeID, of account: AccountID) async throws(SwitchyardError)
    /// Removes a home with its rooms. Throws `notFound`, `lastHome`, `invalidInput` when its heir is itself.
    func removeHome(_ id: HomeID, of account: AccountID, _ heirs: HomeHeirs) async throws(SwitchyardError)

    /// Stores a room at one end of the others; its own `index` does not count. Returns it as it is then. Throws `notFound`,
    /// `tooManyHomes`.
    func createRoom(
        _ room: Room,
        in home: HomeID,
        of account: AccountID,
        at end: SortEnd,
        limit: Int
    ) async throws(SwitchyardError) -> Room
    /// Throws `notFound`.
    func renameRoom(_ id: RoomID, of account: AccountID, to name: String) async throws(SwitchyardError)
    /// Removes a room; its things stay in the home. Throws `notFound`.
    func removeRoom(_ id: RoomID, of account: AccountID) async throws(SwitchyardError)
    /// Puts the rooms of a home, with nil of the current one, into this order. Throws `notFound`, `invalidInput` unless each of
    /// them stands there once.
    func arrangeRooms(
        _ order: [RoomID],
        in home: HomeID?,
        of account: AccountID
    ) async throws(SwitchyardError)

    /// The things of a home, with nil of the current one. Throws `notFound`.
    func contents(of home: HomeID?, of account: AccountID) async throws(SwitchyardError) -> HomeContents
    /// The places of all things of an account.
    func places(of account: AccountID) async throws(SwitchyardError) -> [ThingID: ThingPlace]
    /// The places that these things have; those that have none there are left out.
    func places(
        of things: [ThingID],
        for account: AccountID
    ) async throws(SwitchyardError) -> [ThingID: ThingPlace]
    /// Puts a thing elsewhere; it keeps its index unless it comes into another home. Throws `notFound`.
    func place(
        _ thing: ThingID,
        _ placement: Placement,
        for account: AccountID
    ) async throws(SwitchyardError) -> ThingPlace
    /// Puts the things of a home, with nil of the current one, into this order. Throws `notFound`, `invalidInput` unless each of
    /// them stands there once.
    func arrangeThings(
        _ order: [ThingID],
        in home: HomeID?,
        of account: AccountID
    ) async throws(SwitchyardError)
    /// Makes the move whole or not at all. Throws `notFound` for a room or a thing that the account does not have, `invalidInput`
    /// for a thing that shall leave the room and is not in it.
    func moveThings(_ move: RoomMove, of account: AccountID) async throws(SwitchyardError)
}

/// What becomes of a removed home's things, and of its being the current one.
package struct HomeHeirs: Hashable, Sendable {
    /// The home that takes the things; nil: `current`, else the current home, else the first of the others.
    package let things: HomeID?
    /// The home that is the current one afterwards; nil: the one that was, else the one that takes the things.
    package let current: HomeID?

    package init(things: HomeID? = nil, current: HomeID? = nil) {
        self.things = things
        self.current = current
    }
}
