package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `deletedDevice`.
enum DeletedDeviceStatement: String, CaseIterable {
    case remember = """
        INSERT OR REPLACE INTO deletedDevice (deviceID, factoryKey, timesTold, deletedAt)
        SELECT id, factoryKey, 0, ? FROM device WHERE id = ? AND factoryKey IS NOT NULL
        """
    case rememberByGateway = """
        INSERT OR REPLACE INTO deletedDevice (deviceID, factoryKey, timesTold, deletedAt)
        SELECT id, factoryKey, 0, ? FROM device
        WHERE id IN (SELECT deviceID FROM subDevice WHERE parentID = ?) AND factoryKey IS NOT NULL
        """
    case rememberByOwner = """
        INSERT OR REPLACE INTO deletedDevice (deviceID, factoryKey, timesTold, deletedAt)
        SELECT id, factoryKey, 0, ? FROM device WHERE ownerID = ? AND factoryKey IS NOT NULL
        """
    case all = "SELECT * FROM deletedDevice"
    case setTimesTold = "UPDATE deletedDevice SET timesTold = ? WHERE deviceID = ?"
    case delete = "DELETE FROM deletedDevice WHERE deviceID = ?"
}

/// The record of `deletedDevice` is the domain type itself.
extension DeletedDevice {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("deviceID", DeviceID.init),
            factoryKey: try row.value("factoryKey", APIKey.init),
            timesTold: try row.decode(Int.self, forColumn: "timesTold"),
            deletedAt: try row.time("deletedAt")
        )
    }
}

extension SQLiteStore {
    package func deletedDevices() async throws(SwitchyardError) -> [DeletedDevice] {
        try await read { try $0.fetch(DeletedDeviceStatement.all, [], DeletedDevice.init) }
    }

    package func setTimesTold(_ count: Int, of id: DeviceID) async throws(SwitchyardError) {
        try await write { try $0.run(DeletedDeviceStatement.setTimesTold, [count, id.rawValue]) }
    }
}
