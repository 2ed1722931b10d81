package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `deviceShare`.
enum DeviceShareStatement: String, CaseIterable {
    case insert = """
        INSERT INTO deviceShare (deviceID, receiverID, permit, deviceName, userName, note, sharedAt)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    case countByDevice = "SELECT count(*) FROM deviceShare WHERE deviceID = ?"
    case countByReceiver = "SELECT count(*) FROM deviceShare WHERE receiverID = ?"
    case change = """
        UPDATE deviceShare SET permit = ?, deviceName = ?, userName = ?, note = ? WHERE deviceID = ? AND receiverID = ?
        """
    case delete = "DELETE FROM deviceShare WHERE deviceID = ? AND receiverID = ?"
    /// With what each side is told about the other: read at start.
    case all = """
        SELECT deviceShare.*,
            owner.id AS ownerID, owner.apiKey AS ownerAPIKey, owner.email AS ownerEmail, owner.phone AS ownerPhone,
            owner.nickname AS ownerNickname,
            receiver.apiKey AS receiverAPIKey, receiver.email AS receiverEmail, receiver.phone AS receiverPhone,
            receiver.nickname AS receiverNickname
        FROM deviceShare
        JOIN device ON device.id = deviceShare.deviceID
        JOIN account AS owner ON owner.id = device.ownerID
        JOIN account AS receiver ON receiver.id = deviceShare.receiverID
        ORDER BY deviceShare.sharedAt
        """
}

/// The record of `deviceShare` is the domain type itself, read with the accounts of both sides.
extension Share {
    fileprivate init(row: Row) throws {
        guard let permit = SharePermit(checking: try row.decode(Int.self, forColumn: "permit")) else {
            throw UnreadableColumn(name: "permit")
        }
        self.init(
            device: try row.value("deviceID", DeviceID.init),
            owner: try ShareParty(row: row, "owner"),
            receiver: try ShareParty(row: row, "receiver"),
            terms: ShareTerms(
                deviceName: try row.text("deviceName"),
                userName: try row.text("userName"),
                permit: permit,
                note: try row.text("note")
            ),
            sharedAt: try row.time("sharedAt")
        )
    }

    fileprivate var arguments: StatementArguments {
        [
            device.rawValue, receiver.id.description, terms.permit.rawValue, terms.deviceName, terms.userName,
            terms.note,
            sharedAt.milliseconds,
        ]
    }
}

extension ShareParty {
    /// Reads the columns of one side.
    fileprivate init(row: Row, _ side: String) throws {
        let phone = try row.decode(String?.self, forColumn: "\(side)Phone")
        self.init(
            id: try row.value("\(side)ID", AccountID.init),
            apiKey: try row.value("\(side)APIKey", APIKey.init),
            identifier: try phone.map { .phone($0) } ?? .email(row.text("\(side)Email")),
            nickname: try row.text("\(side)Nickname")
        )
    }
}

extension SQLiteStore: ShareStore {
    package func createShare(
        _ share: Share,
        limits: ShareLimits,
        at placement: Placement
    ) async throws(SwitchyardError) {
        try await write { database in
            try database.check(.countByDevice, of: share.device.rawValue, limits.perDevice)
            try database.check(.countByReceiver, of: share.receiver.id.description, limits.perReceiver)
            guard try database.hasAccount(share.receiver.id) else { throw Self.noAccount }
            do {
                try database.run(DeviceShareStatement.insert, share.arguments)
            } catch let error as DatabaseError where error.isDuplicate {
                throw SwitchyardError(.alreadyExists, "the device is shared with this account", underlying: error)
            } catch let error as DatabaseError where error.isMissingReference {
                throw SwitchyardError(.deviceNotFound, "the device does not exist", underlying: error)
            }
            try database.place(.device(share.device), placement, for: share.receiver.id)
        }
    }

    package func changeShare(
        _ device: DeviceID,
        with receiver: AccountID,
        to terms: ShareTerms
    ) async throws(SwitchyardError) {
        try await write { database in
            let values: StatementArguments = [
                terms.permit.rawValue, terms.deviceName, terms.userName, terms.note, device.rawValue,
                receiver.description,
            ]
            try database.run(DeviceShareStatement.change, values)
            guard database.changesCount > 0 else {
                throw SwitchyardError(.notFound, "the device is not shared with this account")
            }
        }
    }

    package func removeShare(_ device: DeviceID, with receiver: AccountID) async throws(SwitchyardError) {
        try await write { database in
            let key: StatementArguments = [device.rawValue, receiver.description]
            try database.run(DeviceShareStatement.delete, key)
            guard database.changesCount > 0 else { return }
            try database.run(DeviceGroupMemberStatement.deleteByAccount, key)
            try database.leaveThingGroups(device, of: receiver)
            try database.removePlace(of: device, for: receiver)
        }
    }

    package func shares() async throws(SwitchyardError) -> [Share] {
        try await read { try $0.fetch(DeviceShareStatement.all, [], Share.init) }
    }
}

extension Database {
    /// Throws `busy` when there are as many rows as there may be.
    fileprivate func check(_ statement: DeviceShareStatement, of key: String, _ limit: Int) throws {
        let count = try fetch(statement, [key]) { try $0.decode(Int.self, atIndex: 0) }.first ?? 0
        guard count < limit else {
            throw SwitchyardError(.busy, "there are as many shares as there may be")
        }
    }

    func hasAccount(_ id: AccountID) throws -> Bool {
        try !fetch(AccountStatement.exists, [id.description]) { _ in true }.isEmpty
    }
}
