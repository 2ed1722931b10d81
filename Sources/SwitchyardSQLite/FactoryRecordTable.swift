package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `factoryRecord`.
enum FactoryRecordStatement: String, CaseIterable {
    case importRecord = """
        INSERT INTO factoryRecord (deviceID, factoryKey, model, uiid, chipID, source, createdAt, lastSeenAt, address)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (deviceID) DO UPDATE SET factoryKey = excluded.factoryKey, model = excluded.model,
            uiid = excluded.uiid, chipID = excluded.chipID, source = excluded.source, createdAt = excluded.createdAt
        """
    case adopt = """
        INSERT OR IGNORE INTO factoryRecord
            (deviceID, factoryKey, model, uiid, chipID, source, createdAt, lastSeenAt, address)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    case changeAdopted = """
        UPDATE factoryRecord SET factoryKey = ?, model = ?, chipID = ?, createdAt = ?
        WHERE deviceID = ? AND source = 'adopted'
        """
    case note = "UPDATE factoryRecord SET lastSeenAt = ?, address = ? WHERE deviceID = ?"
    case all = "SELECT * FROM factoryRecord"
    case delete = "DELETE FROM factoryRecord WHERE deviceID = ?"
    case deleteAdopted = "DELETE FROM factoryRecord WHERE deviceID = ? AND source = 'adopted'"
}

/// The record of `factoryRecord` is the domain type itself.
extension FactoryRecord {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("deviceID", DeviceID.init),
            factoryKey: try row.value("factoryKey", APIKey.init),
            model: try row.text("model"),
            uiid: try row.decode(Int?.self, forColumn: "uiid"),
            chipID: try row.text("chipID"),
            source: try row.value("source", Source.init(rawValue:)),
            createdAt: try row.time("createdAt"),
            lastSeenAt: try row.timeIfPresent("lastSeenAt"),
            address: try row.text("address")
        )
    }

    fileprivate var arguments: StatementArguments {
        [
            id.rawValue, factoryKey.rawValue, model, uiid, chipID, source.rawValue, createdAt.milliseconds,
            lastSeenAt?.milliseconds, address,
        ]
    }
}

extension SQLiteStore: FactoryRecordStore {
    package func importFactoryRecords(_ records: [FactoryRecord]) async throws(SwitchyardError) {
        try await write { database in
            for record in records { try database.run(FactoryRecordStatement.importRecord, record.arguments) }
        }
    }

    package func noteArrivals(_ records: [FactoryRecord]) async throws(SwitchyardError) {
        guard !records.isEmpty else { return }
        try await write { database in
            for record in records {
                let id = record.id.rawValue
                if record.source == .adopted {
                    try database.run(FactoryRecordStatement.adopt, record.arguments)
                    try database.run(
                        FactoryRecordStatement.changeAdopted,
                        [record.factoryKey.rawValue, record.model, record.chipID, record.createdAt.milliseconds, id]
                    )
                }
                try database.run(FactoryRecordStatement.note, [record.lastSeenAt?.milliseconds, record.address, id])
            }
        }
    }

    package func removeFactoryRecord(_ id: DeviceID) async throws(SwitchyardError) {
        try await write { try $0.run(FactoryRecordStatement.delete, [id.rawValue]) }
    }

    package func forgetAdopted(_ ids: [DeviceID]) async throws(SwitchyardError) {
        try await write { database in
            for id in ids { try database.run(FactoryRecordStatement.deleteAdopted, [id.rawValue]) }
        }
    }

    package func factoryRecords() async throws(SwitchyardError) -> [FactoryRecord] {
        try await read { try $0.fetch(FactoryRecordStatement.all, [], FactoryRecord.init) }
    }
}
