/// Where an account's things stand.
extension HomeService {
    /// The most things that one call may move into a room, or out of it.
    package static let maximumMoves = 1_024

    /// The things of a home, with nil of the current one, by index.
    ///
    /// Throws `notFound`.
    package func contents(of home: HomeID?, for account: AccountID) async throws(SwitchyardError) -> HomeContents {
        try await store.contents(of: home, of: account)
    }

    /// The places of all things of an account.
    package func places(of account: AccountID) async throws(SwitchyardError) -> [ThingID: ThingPlace] {
        try await store.places(of: account)
    }

    /// The places of some things; those that the account does not have are left out.
    package func places(
        of things: [ThingID],
        for account: AccountID
    ) async throws(SwitchyardError) -> [ThingID: ThingPlace] {
        try await store.places(of: things, for: account)
    }

    /// The place of one thing.
    ///
    /// Throws `notFound`: it has none when it was removed, or its share ended, a moment ago.
    package func place(of thing: ThingID, for account: AccountID) async throws(SwitchyardError) -> ThingPlace {
        guard let place = try await store.places(of: [thing], for: account)[thing] else { throw Self.noThing }
        return place
    }

    /// Puts a thing into another home or room; it keeps its index unless it comes into another home.
    ///
    /// Throws `notFound` for a thing, a home or a room that the account does not have.
    package func put(
        _ thing: ThingID,
        _ placement: Placement,
        for account: AccountID
    ) async throws(SwitchyardError) -> ThingPlace {
        try await store.place(thing, placement, for: account)
    }

    /// Puts the things of a home, with nil of the current one, into another order, in which each of them stands once.
    package func arrangeThings(
        _ order: [ThingID],
        in home: HomeID?,
        for account: AccountID
    ) async throws(SwitchyardError) {
        guard Set(order).count == order.count else {
            throw SwitchyardError(.invalidInput, "params is error: thingList names a thing twice")
        }
        try await store.arrangeThings(order, in: home, of: account)
    }

    /// Moves things into a room and out of it: all of them or none.
    ///
    /// - Parameters:
    ///   - old: things that are in the room; those that are not in `new` leave it. Source: API Center v2, "Move things" ("the client
    ///     should ensure the correctness of the oldThingList").
    ///   - new: the things that are in the room afterwards; one of another home comes into the room's home.
    package func setThings(
        of room: RoomID,
        from old: [ThingID],
        to new: [ThingID],
        for account: AccountID
    ) async throws(SwitchyardError) {
        for (list, member) in [(old, "oldThingList"), (new, "newThingList")] {
            guard list.count <= Self.maximumMoves, Set(list).count == list.count else {
                throw SwitchyardError(
                    .invalidInput,
                    "params is error: \(member) has at most \(Self.maximumMoves) things, each once"
                )
            }
        }
        let (before, after) = (Set(old), Set(new))
        let move = RoomMove(
            room: room,
            leaving: old.filter { !after.contains($0) },
            staying: old.filter(after.contains),
            entering: new.filter { !before.contains($0) }
        )
        try await store.moveThings(move, of: account)
    }

    package static var noThing: SwitchyardError { SwitchyardError(.notFound, "thing not found") }
}
