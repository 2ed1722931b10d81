package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `pendingUpgrade`.
enum PendingUpgradeStatement: String, CaseIterable {
    case set = "INSERT OR REPLACE INTO pendingUpgrade (deviceID, releaseKey, createdAt) VALUES (?, ?, ?)"
    case delete = "DELETE FROM pendingUpgrade WHERE deviceID = ?"
    case all = "SELECT * FROM pendingUpgrade"
}

extension SQLiteStore {
    package func setPendingUpgrade(
        _ key: FirmwareKey?,
        of id: DeviceID,
        at time: UnixTime
    ) async throws(SwitchyardError) {
        try await write { database in
            guard let key else { return try database.run(PendingUpgradeStatement.delete, [id.rawValue]) }
            do {
                try database.run(PendingUpgradeStatement.set, [id.rawValue, key.rawValue, time.milliseconds])
            } catch let error as DatabaseError where error.isMissingReference {
                throw SwitchyardError(.notFound, "the device or the firmware does not exist", underlying: error)
            }
        }
    }

    package func pendingUpgrades() async throws(SwitchyardError) -> [(DeviceID, FirmwareKey)] {
        try await read { database in
            try database.fetch(PendingUpgradeStatement.all) { row in
                (try row.value("deviceID", DeviceID.init), try row.value("releaseKey", FirmwareKey.init))
            }
        }
    }
}
