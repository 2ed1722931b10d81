import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `room`.
enum RoomStatement: String, CaseIterable {
    case insert = "INSERT INTO room (id, homeID, name, position, createdAt) VALUES (?, ?, ?, ?, ?)"
    case ofAccount = """
        SELECT room.* FROM home JOIN room ON room.homeID = home.id WHERE home.accountID = ? ORDER BY room.position
        """
    case ofHome = "SELECT id FROM room WHERE homeID = ?"
    /// The home of a room of the account.
    case one = """
        SELECT room.homeID FROM room JOIN home ON home.id = room.homeID WHERE room.id = ? AND home.accountID = ?
        """
    /// The positions before and behind all rooms of a home, and how many there are.
    case ends = """
        SELECT count(*) AS count, coalesce(min(position) - 1, 0) AS front, coalesce(max(position) + 1, 0) AS back
        FROM room WHERE homeID = ?
        """
    case rename = "UPDATE room SET name = ? WHERE id = ?"
    case setPosition = "UPDATE room SET position = ? WHERE id = ?"
    case delete = "DELETE FROM room WHERE id = ?"
}

/// The record of `room` is the domain type itself; the home comes from outside.
extension Room {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("id", RoomID.init),
            name: try row.text("name"),
            index: try row.decode(Int.self, forColumn: "position"),
            createdAt: try row.time("createdAt")
        )
    }
}

extension SQLiteStore {
    package func createRoom(
        _ room: Room,
        in home: HomeID,
        of account: AccountID,
        at end: SortEnd,
        limit: Int
    ) async throws(SwitchyardError) -> Room {
        try await write { database in
            let home = try database.home(home, of: account)
            let ends = try database.ends(RoomStatement.ends, of: home.description)
            guard ends.count < limit else { throw HomeService.tooManyRooms }
            var room = room
            room.index = ends.position(end)
            try database.insert(room, in: home)
            return room
        }
    }

    package func renameRoom(
        _ id: RoomID,
        of account: AccountID,
        to name: String
    ) async throws(SwitchyardError) {
        try await write { database in
            _ = try database.home(of: id, account)
            try database.run(RoomStatement.rename, [name, id.description])
        }
    }

    package func removeRoom(_ id: RoomID, of account: AccountID) async throws(SwitchyardError) {
        try await write { database in
            _ = try database.home(of: id, account)
            try database.run(RoomStatement.delete, [id.description])
        }
    }

    package func arrangeRooms(
        _ order: [RoomID],
        in home: HomeID?,
        of account: AccountID
    ) async throws(SwitchyardError) {
        try await write { database in
            let home = try database.home(home, of: account)
            let rooms = try database.fetch(RoomStatement.ofHome, [home.description]) { try $0.value("id", RoomID.init) }
            guard order.count == rooms.count, Set(order) == Set(rooms) else {
                throw SwitchyardError(.invalidInput, "params is error: idList does not have each room of the home once")
            }
            for (position, id) in order.enumerated() {
                try database.run(RoomStatement.setPosition, [position, id.description])
            }
        }
    }

    static var noRoom: SwitchyardError { SwitchyardError(.notFound, "room not found") }
}

extension Database {
    func insert(_ room: Room, in home: HomeID) throws {
        try run(
            RoomStatement.insert,
            [room.id.description, home.description, room.name, room.index, room.createdAt.milliseconds]
        )
    }

    /// The home that a room is in.
    ///
    /// Throws `notFound` unless the account has it.
    func home(of room: RoomID, _ account: AccountID) throws -> HomeID {
        let homes = try fetch(RoomStatement.one, [room.description, account.description]) {
            try $0.value("homeID", HomeID.init)
        }
        guard let home = homes.first else { throw SQLiteStore.noRoom }
        return home
    }

    /// The rooms of all homes of an account, by index.
    func roomsByHome(of account: AccountID) throws -> [HomeID: [Room]] {
        let pairs = try fetch(RoomStatement.ofAccount, [account.description]) { row in
            (try row.value("homeID", HomeID.init), try Room(row: row))
        }
        return Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
    }
}
