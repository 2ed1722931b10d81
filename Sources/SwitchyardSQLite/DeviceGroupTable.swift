package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `deviceGroup`.
enum DeviceGroupStatement: String, CaseIterable {
    case insert = "INSERT INTO deviceGroup (id, accountID, name, position, createdAt) VALUES (?, ?, ?, ?, ?)"
    case ofAccount = "SELECT * FROM deviceGroup WHERE accountID = ? ORDER BY position"
    case one = "SELECT * FROM deviceGroup WHERE id = ? AND accountID = ?"
    case count = "SELECT count(*) FROM deviceGroup WHERE accountID = ?"
    /// The last place, but for one group.
    case last = "SELECT coalesce(max(position), 0) FROM deviceGroup WHERE accountID = ? AND id <> ?"
    /// Whether another group than this one has the place.
    case atPlace = "SELECT 1 FROM deviceGroup WHERE accountID = ? AND position = ? AND id <> ?"
    case makeRoom = "UPDATE deviceGroup SET position = position + 1 WHERE accountID = ? AND position >= ? AND id <> ?"
    case change = "UPDATE deviceGroup SET name = coalesce(?, name), position = coalesce(?, position) WHERE id = ?"
    case delete = "DELETE FROM deviceGroup WHERE id = ? AND accountID = ?"
}

/// The statements on the table `deviceGroupMember`.
enum DeviceGroupMemberStatement: String, CaseIterable {
    case insert = "INSERT OR IGNORE INTO deviceGroupMember (groupID, deviceID) VALUES (?, ?)"
    case delete = "DELETE FROM deviceGroupMember WHERE groupID = ? AND deviceID = ?"
    case deleteByAccount = """
        DELETE FROM deviceGroupMember
        WHERE deviceID = ? AND groupID IN (SELECT id FROM deviceGroup WHERE accountID = ?)
        """
    /// Whether the account owns the device or shares it.
    case sees = """
        SELECT 1 FROM device
        WHERE id = ?1 AND (ownerID = ?2 OR EXISTS (
            SELECT 1 FROM deviceShare WHERE deviceID = ?1 AND receiverID = ?2
        ))
        """
    case ofAccount = """
        SELECT deviceID, groupID FROM deviceGroup JOIN deviceGroupMember ON groupID = id
        WHERE accountID = ? ORDER BY position
        """
    case ofDevice = """
        SELECT groupID FROM deviceGroup JOIN deviceGroupMember ON groupID = id
        WHERE deviceID = ? AND accountID = ? ORDER BY position
        """
}

/// The record of `deviceGroup` is the domain type itself.
extension DeviceGroup {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("id", GroupID.init),
            account: try row.value("accountID", AccountID.init),
            name: try row.text("name"),
            index: try row.decode(Int.self, forColumn: "position"),
            createdAt: try row.time("createdAt")
        )
    }
}

extension SQLiteStore: DeviceGroupStore {
    package func createGroup(
        _ group: DeviceGroup,
        at place: GroupPlace,
        limit: Int
    ) async throws(SwitchyardError) {
        try await write { database in
            let account = group.account.description
            let count = try database.fetch(DeviceGroupStatement.count, [account]) {
                try $0.decode(Int.self, atIndex: 0)
            }
            guard let count = count.first, count < limit else {
                throw SwitchyardError(.invalidInput, "the account has as many groups as it may have")
            }
            let position = try database.makeRoom(for: group.id, at: place, of: group.account)
            do {
                try database.run(
                    DeviceGroupStatement.insert,
                    [group.id.rawValue, account, group.name, position, group.createdAt.milliseconds]
                )
            } catch let error as DatabaseError where error.isMissingReference {
                throw Self.noAccount
            }
        }
    }

    package func changeGroup(
        _ id: GroupID,
        of account: AccountID,
        name: String?,
        place: GroupPlace?
    ) async throws(SwitchyardError) {
        try await write { database in
            try database.checkGroup(id, of: account, member: "id")
            let position = try place.map { try database.makeRoom(for: id, at: $0, of: account) }
            try database.run(DeviceGroupStatement.change, [name, position, id.rawValue])
        }
    }

    package func removeGroup(_ id: GroupID, of account: AccountID) async throws(SwitchyardError) {
        try await write { database in
            try database.run(DeviceGroupStatement.delete, [id.rawValue, account.description])
            guard database.changesCount > 0 else { throw SwitchyardError.noGroup("id") }
        }
    }

    package func groups(of account: AccountID) async throws(SwitchyardError) -> [DeviceGroup] {
        try await read { try $0.fetch(DeviceGroupStatement.ofAccount, [account.description], DeviceGroup.init) }
    }

    package func moveDevices(_ moves: [GroupMove], of account: AccountID) async throws(SwitchyardError) {
        try await write { database in
            for move in moves { try database.make(move, of: account) }
        }
    }

    package func memberships(of account: AccountID) async throws(SwitchyardError) -> [DeviceID: [GroupID]] {
        try await read { database in
            let pairs = try database.fetch(DeviceGroupMemberStatement.ofAccount, [account.description]) { row in
                (try row.value("deviceID", DeviceID.init), try row.value("groupID", GroupID.init))
            }
            return Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
        }
    }

    package func memberships(
        of account: AccountID,
        with device: DeviceID
    ) async throws(SwitchyardError) -> [GroupID] {
        try await read { database in
            try database.fetch(DeviceGroupMemberStatement.ofDevice, [device.rawValue, account.description]) { row in
                try row.value("groupID", GroupID.init)
            }
        }
    }
}

extension Database {
    /// Frees a place for a group, and says which number it has.
    fileprivate func makeRoom(for group: GroupID, at place: GroupPlace, of account: AccountID) throws -> Int {
        let account = account.description
        switch place {
        case .last:
            let last = try fetch(DeviceGroupStatement.last, [account, group.rawValue]) {
                try $0.decode(Int.self, atIndex: 0)
            }
            return (last.first ?? 0) + 1
        case .at(let position):
            let holders = try fetch(DeviceGroupStatement.atPlace, [account, position, group.rawValue]) { _ in true }
            if !holders.isEmpty { try run(DeviceGroupStatement.makeRoom, [account, position, group.rawValue]) }
            return position
        }
    }

    /// Throws `invalidInput` naming the parameter, unless the account has the group.
    fileprivate func checkGroup(_ id: GroupID, of account: AccountID, member: String) throws {
        let found = try fetch(DeviceGroupStatement.one, [id.rawValue, account.description]) { _ in true }
        guard !found.isEmpty else { throw SwitchyardError.noGroup(member) }
    }

    fileprivate func make(_ move: GroupMove, of account: AccountID) throws {
        if let source = move.source { try checkGroup(source, of: account, member: "source_id") }
        if move.target != nil, !move.keepsOthers {
            try run(DeviceGroupMemberStatement.deleteByAccount, [move.device.rawValue, account.description])
        } else if let source = move.source {
            try run(DeviceGroupMemberStatement.delete, [source.rawValue, move.device.rawValue])
        }
        guard let target = move.target else { return }
        try place(move.device, in: target, of: account, member: "target_id")
    }

    /// Puts a device into a group of the account, which has to see the device: its share may just have ended.
    func place(_ device: DeviceID, in group: GroupID, of account: AccountID, member: String) throws {
        try checkGroup(group, of: account, member: member)
        let seen = try fetch(DeviceGroupMemberStatement.sees, [device.rawValue, account.description]) { _ in true }
        guard !seen.isEmpty else { throw SwitchyardError(.invalidInput, "params is error: deviceid") }
        try run(DeviceGroupMemberStatement.insert, [group.rawValue, device.rawValue])
    }
}

extension SwitchyardError {
    /// A group that does not exist, or is another account's.
    ///
    /// The documents list no other code for groups. Source: `coolkit-v1-http.md` §4.
    fileprivate static func noGroup(_ member: String) -> SwitchyardError {
        SwitchyardError(.invalidInput, "params is error: \(member)")
    }
}
