package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `deletedDevice`.
enum DeletedDeviceStatement: String, CaseIterable {
    /// What is behind a gateway never registers, so there is nothing to tell it.
    case remember = """
        INSERT OR REPLACE INTO deletedDevice (deviceID, factoryKey, ownerID, timesTold, deletedAt)
        SELECT id, factoryKey, ownerID, 0, ? FROM device
        WHERE id = ? AND factoryKey IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subDevice WHERE deviceID = device.id)
        """
    case rememberByOwner = """
        INSERT OR REPLACE INTO deletedDevice (deviceID, factoryKey, ownerID, timesTold, deletedAt)
        SELECT id, factoryKey, ownerID, 0, ? FROM device
        WHERE ownerID = ? AND factoryKey IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM subDevice WHERE deviceID = device.id)
        """
    case deleteOldest = """
        DELETE FROM deletedDevice WHERE deviceID IN (
            SELECT deviceID FROM deletedDevice WHERE ownerID = (SELECT ownerID FROM deletedDevice WHERE deviceID = ?)
            ORDER BY deletedAt DESC, rowid DESC LIMIT -1 OFFSET ?
        )
        """
    case deleteOldestByOwner = """
        DELETE FROM deletedDevice WHERE deviceID IN (
            SELECT deviceID FROM deletedDevice WHERE ownerID = ? ORDER BY deletedAt DESC, rowid DESC LIMIT -1 OFFSET ?
        )
        """
    case deleteBefore = "DELETE FROM deletedDevice WHERE deletedAt < ?"
    case all = "SELECT * FROM deletedDevice ORDER BY deletedAt, rowid"
    case setTimesTold = "UPDATE deletedDevice SET timesTold = ? WHERE deviceID = ?"
    case delete = "DELETE FROM deletedDevice WHERE deviceID = ?"
}

/// The record of `deletedDevice` is the domain type itself.
extension DeletedDevice {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("deviceID", DeviceID.init),
            factoryKey: try row.value("factoryKey", APIKey.init),
            owner: try row.decode(String?.self, forColumn: "ownerID").flatMap { AccountID($0) },
            timesTold: try row.decode(Int.self, forColumn: "timesTold"),
            deletedAt: try row.time("deletedAt")
        )
    }
}

extension SQLiteStore {
    package func deletedDevices() async throws(SwitchyardError) -> [DeletedDevice] {
        try await read { try $0.fetch(DeletedDeviceStatement.all, [], DeletedDevice.init) }
    }

    package func removeDeletedDevices(before time: UnixTime) async throws(SwitchyardError) {
        try await write { try $0.run(DeletedDeviceStatement.deleteBefore, [time.milliseconds]) }
    }

    package func setTimesTold(_ count: Int, of id: DeviceID) async throws(SwitchyardError) {
        try await write { try $0.run(DeletedDeviceStatement.setTimesTold, [count, id.rawValue]) }
    }
}

extension Database {
    /// Remembers a device that is about to be deleted, and forgets the oldest of its owner's.
    func remember(_ id: DeviceID, at time: UnixTime) throws {
        try run(DeletedDeviceStatement.remember, [time.milliseconds, id.rawValue])
        try run(DeletedDeviceStatement.deleteOldest, [id.rawValue, DeletedDevice.limitPerAccount])
    }

    /// The same for all devices of an account.
    func rememberDevices(of owner: AccountID, at time: UnixTime) throws {
        try run(DeletedDeviceStatement.rememberByOwner, [time.milliseconds, owner.description])
        try run(DeletedDeviceStatement.deleteOldestByOwner, [owner.description, DeletedDevice.limitPerAccount])
    }
}
