import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `thingPlace`.
enum ThingPlaceStatement: String, CaseIterable {
    case insert = """
        INSERT INTO thingPlace (accountID, deviceID, groupID, homeID, roomID, position) VALUES (?, ?, ?, ?, ?, ?)
        """
    case ofDevice = "SELECT * FROM thingPlace WHERE deviceID = ? AND accountID = ?"
    case ofGroup = "SELECT * FROM thingPlace WHERE groupID = ? AND accountID = ?"
    case ofHome = "SELECT * FROM thingPlace WHERE homeID = ? ORDER BY position"
    case ofAccount = "SELECT * FROM thingPlace WHERE accountID = ?"
    /// The positions before and behind all things of a home, and how many there are. An empty home counts from 0, so that its
    /// first thing has -1 or 1. Source: `coolkit-v2-http.md` §4.1, the example.
    case ends = """
        SELECT count(*) AS count, coalesce(min(position), 0) - 1 AS front, coalesce(max(position), 0) + 1 AS back
        FROM thingPlace WHERE homeID = ?
        """
    case set = "UPDATE thingPlace SET homeID = ?, roomID = ?, position = ? WHERE id = ?"
    case setPosition = "UPDATE thingPlace SET position = ? WHERE id = ?"
    case setRoom = "UPDATE thingPlace SET roomID = ? WHERE id = ?"
    /// Moves all things of a home up, beyond each place that one of them has.
    case shift = "UPDATE thingPlace SET position = position + ? WHERE homeID = ?"
    case moveAll = "UPDATE thingPlace SET homeID = ?, roomID = NULL, position = position + ? WHERE homeID = ?"
    case deleteDevice = "DELETE FROM thingPlace WHERE deviceID = ? AND accountID = ?"
}

/// A row of `thingPlace`.
private struct ThingPlaceRecord {
    let id: Int64
    let placed: PlacedThing

    init(row: Row) throws {
        id = try row.decode(Int64.self, forColumn: "id")
        let thing: ThingID =
            if try row.decode(String?.self, forColumn: "deviceID") != nil {
                .device(try row.value("deviceID", DeviceID.init))
            } else {
                .group(try row.value("groupID", ThingGroupID.init))
            }
        let place = ThingPlace(
            home: try row.value("homeID", HomeID.init),
            room: try row.decode(String?.self, forColumn: "roomID").flatMap { RoomID($0) },
            index: try row.decode(Int.self, forColumn: "position")
        )
        placed = PlacedThing(thing: thing, place: place)
    }
}

extension SQLiteStore {
    package func contents(of home: HomeID?, of account: AccountID) async throws(SwitchyardError) -> HomeContents {
        try await read { database in
            let home = try database.home(home, of: account)
            let things = try database.fetch(ThingPlaceStatement.ofHome, [home.description]) { row in
                try ThingPlaceRecord(row: row).placed
            }
            return HomeContents(home: home, things: things)
        }
    }

    package func places(of account: AccountID) async throws(SwitchyardError) -> [ThingID: ThingPlace] {
        try await read { database in
            let things = try database.fetch(ThingPlaceStatement.ofAccount, [account.description]) { row in
                try ThingPlaceRecord(row: row).placed
            }
            return Dictionary(things.map { ($0.thing, $0.place) }) { first, _ in first }
        }
    }

    package func places(
        of things: [ThingID],
        for account: AccountID
    ) async throws(SwitchyardError) -> [ThingID: ThingPlace] {
        try await read { database in
            var places: [ThingID: ThingPlace] = [:]
            for thing in things { places[thing] = try database.record(of: thing, for: account)?.placed.place }
            return places
        }
    }

    package func place(
        _ thing: ThingID,
        _ placement: Placement,
        for account: AccountID
    ) async throws(SwitchyardError) -> ThingPlace {
        try await write { try $0.move(thing, placement, for: account) }
    }

    package func arrangeThings(
        _ order: [ThingID],
        in home: HomeID?,
        of account: AccountID
    ) async throws(SwitchyardError) {
        try await write { database in
            let home = try database.home(home, of: account)
            let records = try database.fetch(
                ThingPlaceStatement.ofHome,
                [home.description],
                ThingPlaceRecord.init
            )
            let rows = Dictionary(records.map { ($0.placed.thing, $0.id) }) { first, _ in first }
            guard order.count == rows.count, Set(order) == Set(rows.keys) else {
                throw SwitchyardError(
                    .invalidInput,
                    "params is error: thingList does not have each thing of the home once"
                )
            }
            let positions = records.map(\.placed.place.index)
            guard let lowest = positions.first, let highest = positions.last else { return }
            // First out of the way of the new positions, which begin with 0.
            let shift = max(highest, order.count) + 1 - lowest
            try database.run(ThingPlaceStatement.shift, [shift, home.description])
            for (position, thing) in order.enumerated() {
                try database.run(ThingPlaceStatement.setPosition, [position, rows[thing]])
            }
        }
    }

    package func moveThings(_ move: RoomMove, of account: AccountID) async throws(SwitchyardError) {
        try await write { database in
            let home = try database.home(of: move.room, account)
            for thing in move.staying { _ = try database.record(of: thing, for: account, in: move.room) }
            for thing in move.leaving {
                let record = try database.record(of: thing, for: account, in: move.room)
                try database.run(ThingPlaceStatement.setRoom, [nil, record.id])
            }
            for thing in move.entering {
                _ = try database.move(thing, Placement(home: home, room: move.room), for: account)
            }
        }
    }
}

extension Database {
    /// Gives a new thing of the account its place.
    ///
    /// In the transaction that makes the thing. Throws `notFound` for a home or a room that the account does not have.
    @discardableResult
    func place(_ thing: ThingID, _ placement: Placement, for account: AccountID) throws -> ThingPlace {
        let home = try home(for: placement, current: nil, of: account)
        let place = ThingPlace(home: home, room: placement.room, index: try position(placement.sort, in: home))
        let (device, group): (String?, String?) =
            switch thing {
            case .device(let id): (id.rawValue, nil)
            case .group(let id): (nil, id.description)
            }
        let values: StatementArguments = [
            account.description, device, group, home.description, place.room?.description, place.index,
        ]
        try run(ThingPlaceStatement.insert, values)
        return place
    }

    /// Takes away the place that a device has for one account: a share has ended.
    ///
    /// The end of a device or of a group takes its places with it.
    func removePlace(of device: DeviceID, for account: AccountID) throws {
        try run(ThingPlaceStatement.deleteDevice, [device.rawValue, account.description])
    }

    /// Puts a thing that has a place elsewhere; it keeps its index unless it comes into another home.
    @discardableResult
    func move(_ thing: ThingID, _ placement: Placement, for account: AccountID) throws -> ThingPlace {
        let record = try requiredRecord(of: thing, for: account)
        let place = record.placed.place
        let home = try home(for: placement, current: place.home, of: account)
        let isMoving = home != place.home
        let target = ThingPlace(
            home: home,
            room: isMoving ? placement.room : placement.room ?? place.room,
            index: isMoving ? try position(placement.sort, in: home) : place.index
        )
        let values: StatementArguments = [
            target.home.description, target.room?.description, target.index, record.id,
        ]
        try run(ThingPlaceStatement.set, values)
        return target
    }

    /// Puts all things of a home behind those of another one, in their order.
    func moveContents(of home: HomeID, to heir: HomeID) throws {
        let lowest = try ends(ThingPlaceStatement.ends, of: home.description).front + 1
        let back = try ends(ThingPlaceStatement.ends, of: heir.description).back
        try run(ThingPlaceStatement.moveAll, [heir.description, back - lowest, home.description])
    }

    /// The home that a placement means.
    private func home(for placement: Placement, current: HomeID?, of account: AccountID) throws -> HomeID {
        guard let room = placement.room else { return try home(placement.home ?? current, of: account) }
        let home = try home(of: room, account)
        guard placement.home == nil || placement.home == home else { throw SQLiteStore.noRoom }
        return home
    }

    /// A free position at one end of a home's things.
    ///
    /// One that clients which page from a fixed number would miss is not given: then all things move up.
    private func position(_ end: SortEnd, in home: HomeID) throws -> Int {
        var free = try ends(ThingPlaceStatement.ends, of: home.description)
        if free.front < ThingPlace.lowestIndex {
            try run(ThingPlaceStatement.shift, [free.back - free.front - 1, home.description])
            free = try ends(ThingPlaceStatement.ends, of: home.description)
        }
        return free.position(end)
    }

    fileprivate func record(of thing: ThingID, for account: AccountID) throws -> ThingPlaceRecord? {
        switch thing {
        case .device(let id):
            try fetch(ThingPlaceStatement.ofDevice, [id.rawValue, account.description], ThingPlaceRecord.init).first
        case .group(let id):
            try fetch(ThingPlaceStatement.ofGroup, [id.description, account.description], ThingPlaceRecord.init).first
        }
    }

    /// The place of a thing that has to be in the room.
    ///
    /// Throws `invalidInput`.
    fileprivate func record(of thing: ThingID, for account: AccountID, in room: RoomID) throws -> ThingPlaceRecord {
        guard let record = try record(of: thing, for: account), record.placed.place.room == room else {
            throw SwitchyardError(.invalidInput, "params is error: oldThingList has a thing that is not in the room")
        }
        return record
    }

    fileprivate func requiredRecord(of thing: ThingID, for account: AccountID) throws -> ThingPlaceRecord {
        guard let record = try record(of: thing, for: account) else { throw HomeService.noThing }
        return record
    }
}
