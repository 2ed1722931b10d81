import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `thingGroup`.
enum ThingGroupStatement: String, CaseIterable {
    case insert = """
        INSERT INTO thingGroup (id, accountID, name, mainDeviceID, params, createdAt) VALUES (?, ?, ?, ?, ?, ?)
        """
    case ofAccount = "SELECT * FROM thingGroup WHERE accountID = ? ORDER BY createdAt, id"
    case one = "SELECT * FROM thingGroup WHERE id = ? AND accountID = ?"
    case count = "SELECT count(*) FROM thingGroup WHERE accountID = ?"
    case change = """
        UPDATE thingGroup SET name = coalesce(?, name), params = coalesce(?, params) WHERE id = ? AND accountID = ?
        """
    case delete = "DELETE FROM thingGroup WHERE id = ? AND accountID = ?"
    /// The account does not see the main device any more.
    case deleteByMainDevice = "DELETE FROM thingGroup WHERE mainDeviceID = ? AND accountID = ?"
}

/// The statements on the table `thingGroupMember`.
enum ThingGroupMemberStatement: String, CaseIterable {
    case insert = "INSERT INTO thingGroupMember (groupID, deviceID, position) VALUES (?, ?, ?)"
    case ofGroup = "SELECT deviceID FROM thingGroupMember WHERE groupID = ? ORDER BY position"
    case deleteByGroup = "DELETE FROM thingGroupMember WHERE groupID = ?"
    case deleteByAccount = """
        DELETE FROM thingGroupMember
        WHERE deviceID = ? AND groupID IN (SELECT id FROM thingGroup WHERE accountID = ?)
        """
}

/// The record of `thingGroup` is the domain type itself, without its members.
extension ThingGroup {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("id", ThingGroupID.init),
            owner: try row.value("accountID", AccountID.init),
            name: try row.text("name"),
            mainDevice: try row.value("mainDeviceID", DeviceID.init),
            members: [],
            params: Array(try row.text("params").utf8),
            createdAt: try row.time("createdAt")
        )
    }
}

extension SQLiteStore: ThingGroupStore {
    package func createThingGroup(
        _ group: ThingGroup,
        at placement: Placement,
        limit: Int
    ) async throws(SwitchyardError) {
        try await write { database in
            let account = group.owner.description
            let count = try database.fetch(ThingGroupStatement.count, [account]) { try $0.decode(Int.self, atIndex: 0) }
            guard let count = count.first, count < limit else {
                throw SwitchyardError(.tooManyGroups, "the account has as many groups as it may have")
            }
            guard try database.hasAccount(group.owner) else { throw Self.noAccount }
            try database.checkSees([group.mainDevice], group.owner)
            let values: StatementArguments = [
                group.id.description, account, group.name, group.mainDevice.rawValue, try Self.text(of: group.params),
                group.createdAt.milliseconds,
            ]
            try database.run(ThingGroupStatement.insert, values)
            try database.setMembers(group.members, of: group.id, group.owner)
            try database.place(.group(group.id), placement, for: group.owner)
        }
    }

    package func changeThingGroup(
        _ id: ThingGroupID,
        of account: AccountID,
        _ change: ThingGroupChange
    ) async throws(SwitchyardError) {
        try await write { database in
            let params = try change.params.map { try Self.text(of: $0) }
            try database.run(
                ThingGroupStatement.change,
                [change.name, params, id.description, account.description]
            )
            guard database.changesCount > 0 else { throw Self.noThingGroup }
            if let members = change.members { try database.setMembers(members, of: id, account) }
        }
    }

    package func removeThingGroup(
        _ id: ThingGroupID,
        of account: AccountID
    ) async throws(SwitchyardError) {
        try await write { database in
            try database.run(ThingGroupStatement.delete, [id.description, account.description])
            guard database.changesCount > 0 else { throw Self.noThingGroup }
        }
    }

    package func thingGroups(of account: AccountID) async throws(SwitchyardError) -> [ThingGroup] {
        try await read { database in
            try database.fetch(ThingGroupStatement.ofAccount, [account.description], ThingGroup.init)
                .map { try database.withMembers($0) }
        }
    }

    package func thingGroup(
        _ id: ThingGroupID,
        of account: AccountID
    ) async throws(SwitchyardError) -> ThingGroup? {
        try await read { database in
            try database.fetch(ThingGroupStatement.one, [id.description, account.description], ThingGroup.init)
                .first.map { try database.withMembers($0) }
        }
    }

    private static func text(of params: [UInt8]) throws -> String {
        guard let text = String(validating: params, as: UTF8.self) else {
            throw SwitchyardError(.invalidInput, "the params of a group are not UTF-8")
        }
        return text
    }

    private static var noThingGroup: SwitchyardError { SwitchyardError(.notFound, "the group does not exist") }
}

extension Database {
    fileprivate func withMembers(_ group: ThingGroup) throws -> ThingGroup {
        var group = group
        group.members = try fetch(ThingGroupMemberStatement.ofGroup, [group.id.description]) { row in
            try row.value("deviceID", DeviceID.init)
        }
        return group
    }

    /// Puts these members in the place of others; the account has to see them: a share may just have ended.
    fileprivate func setMembers(_ members: [DeviceID], of group: ThingGroupID, _ account: AccountID) throws {
        try checkSees(members, account)
        try run(ThingGroupMemberStatement.deleteByGroup, [group.description])
        for (position, member) in members.enumerated() {
            try run(ThingGroupMemberStatement.insert, [group.description, member.rawValue, position])
        }
    }

    fileprivate func checkSees(_ devices: [DeviceID], _ account: AccountID) throws {
        for device in devices {
            let key: StatementArguments = [device.rawValue, account.description]
            guard try !fetch(DeviceGroupMemberStatement.sees, key, { _ in true }).isEmpty else {
                throw SwitchyardError(.deviceNotFound, "device not found")
            }
        }
    }

    /// The account does not see a device any more: it leaves its groups, and those that it is the main device of go.
    func leaveThingGroups(_ device: DeviceID, of account: AccountID) throws {
        let key: StatementArguments = [device.rawValue, account.description]
        try run(ThingGroupStatement.deleteByMainDevice, key)
        try run(ThingGroupMemberStatement.deleteByAccount, key)
    }
}
