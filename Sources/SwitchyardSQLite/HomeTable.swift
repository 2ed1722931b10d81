import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `home`.
enum HomeStatement: String, CaseIterable {
    case insert = """
        INSERT INTO home (id, accountID, name, position, isCurrent, createdAt) VALUES (?, ?, ?, ?, ?, ?)
        """
    case ofAccount = "SELECT * FROM home WHERE accountID = ? ORDER BY position"
    case one = "SELECT id FROM home WHERE id = ? AND accountID = ?"
    case current = "SELECT id FROM home WHERE accountID = ? AND isCurrent = 1"
    /// The positions before and behind all homes of an account, and how many there are.
    case ends = """
        SELECT count(*) AS count, coalesce(min(position) - 1, 0) AS front, coalesce(max(position) + 1, 0) AS back
        FROM home WHERE accountID = ?
        """
    case rename = "UPDATE home SET name = ? WHERE id = ?"
    case leave = "UPDATE home SET isCurrent = 0 WHERE accountID = ? AND isCurrent = 1"
    case select = "UPDATE home SET isCurrent = 1 WHERE id = ?"
    case delete = "DELETE FROM home WHERE id = ?"
}

/// The record of `home` is the domain type itself; its rooms are read apart.
extension Home {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("id", HomeID.init),
            account: try row.value("accountID", AccountID.init),
            name: try row.text("name"),
            index: try row.decode(Int.self, forColumn: "position"),
            isCurrent: try row.decode(Bool.self, forColumn: "isCurrent"),
            createdAt: try row.time("createdAt")
        )
    }

    fileprivate var arguments: StatementArguments {
        [id.description, account.description, name, index, isCurrent, createdAt.milliseconds]
    }
}

extension SQLiteStore: HomeStore {
    package func homes(of account: AccountID) async throws(SwitchyardError) -> [Home] {
        try await read { database in
            let rooms = try database.roomsByHome(of: account)
            return try database.fetch(HomeStatement.ofAccount, [account.description]) { row in
                var home = try Home(row: row)
                home.rooms = rooms[home.id] ?? []
                return home
            }
        }
    }

    package func createHome(
        _ home: Home,
        at end: SortEnd,
        limits: HomeLimits
    ) async throws(SwitchyardError) -> Home {
        try await write { database in
            let ends = try database.ends(HomeStatement.ends, of: home.account.description)
            guard ends.count < limits.homes, home.rooms.count <= limits.roomsPerHome else {
                throw SwitchyardError(.tooManyHomes, "the account has as many homes as it may have")
            }
            var home = home
            home.index = ends.position(end)
            home.isCurrent = ends.count == 0
            do {
                try database.insert(home)
            } catch let error as DatabaseError where error.isMissingReference {
                throw Self.noAccount
            }
            return home
        }
    }

    package func renameHome(
        _ id: HomeID?,
        of account: AccountID,
        to name: String
    ) async throws(SwitchyardError) {
        try await write { database in
            let home = try database.home(id, of: account)
            try database.run(HomeStatement.rename, [name, home.description])
        }
    }

    package func selectHome(_ id: HomeID, of account: AccountID) async throws(SwitchyardError) {
        try await write { try $0.select(try $0.home(id, of: account), of: account) }
    }

    package func removeHome(
        _ id: HomeID,
        of account: AccountID,
        _ heirs: HomeHeirs
    ) async throws(SwitchyardError) {
        try await write { database in
            _ = try database.home(id, of: account)
            let homes = try database.fetch(HomeStatement.ofAccount, [account.description], Home.init)
            let others = homes.filter { $0.id != id }
            guard let first = others.first else {
                throw SwitchyardError(.lastHome, "the last home cannot be deleted")
            }
            guard heirs.things != id, heirs.current != id else {
                throw SwitchyardError(.invalidInput, "params is error: a home cannot take its own place")
            }
            let chosen = try heirs.current.map { try database.home($0, of: account) }
            let heir = try heirs.things.map { try database.home($0, of: account) }
            let current = others.first { $0.isCurrent }?.id
            let taker = heir ?? chosen ?? current ?? first.id
            try database.moveContents(of: id, to: taker)
            try database.run(HomeStatement.delete, [id.description])
            if let next = chosen ?? (current == nil ? taker : nil) { try database.select(next, of: account) }
        }
    }

    static var noHome: SwitchyardError { SwitchyardError(.notFound, "home not found") }
}

extension Database {
    /// Stores a home as it is, with its rooms.
    func insert(_ home: Home) throws {
        try run(HomeStatement.insert, home.arguments)
        for room in home.rooms { try insert(room, in: home.id) }
    }

    /// The home, with nil the account's current one.
    ///
    /// Throws `notFound` unless the account has it.
    func home(_ id: HomeID?, of account: AccountID) throws -> HomeID {
        let found =
            if let id {
                try fetch(HomeStatement.one, [id.description, account.description]) { try $0.value("id", HomeID.init) }
            } else {
                try fetch(HomeStatement.current, [account.description]) { try $0.value("id", HomeID.init) }
            }
        guard let home = found.first else { throw SQLiteStore.noHome }
        return home
    }

    fileprivate func select(_ home: HomeID, of account: AccountID) throws {
        try run(HomeStatement.leave, [account.description])
        try run(HomeStatement.select, [home.description])
    }

    /// How many there are of something, and where another one would come.
    func ends(_ statement: some RawRepresentable<String>, of parent: String) throws -> Ends {
        let found = try fetch(statement, [parent]) { row in
            Ends(
                count: try row.decode(Int.self, forColumn: "count"),
                front: try row.decode(Int.self, forColumn: "front"),
                back: try row.decode(Int.self, forColumn: "back")
            )
        }
        return found.first ?? Ends(count: 0, front: 0, back: 0)
    }
}

/// The free positions at both ends of a list.
struct Ends {
    let count: Int
    let front: Int
    let back: Int

    func position(_ end: SortEnd) -> Int {
        switch end {
        case .front: front
        case .back: back
        }
    }
}
