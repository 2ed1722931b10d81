import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `deviceState`.
///
/// Its rows come and go with those of `device`.
enum DeviceStateStatement: String, CaseIterable {
    case insert = """
        INSERT INTO deviceState (params, onlineTime, offlineTime, address, reportSequence, reportedAt, deviceID)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    case save = """
        UPDATE deviceState SET params = ?, onlineTime = ?, offlineTime = ?, address = ?, reportSequence = ?, reportedAt = ?
        WHERE deviceID = ?
        """
}

/// The record of `deviceState` is the domain type itself.
extension DeviceState {
    init(row: Row) throws {
        self.init(
            id: try row.value("deviceID", DeviceID.init),
            params: Array(try row.text("params").utf8),
            onlineTime: try row.timeIfPresent("onlineTime"),
            offlineTime: try row.timeIfPresent("offlineTime"),
            address: try row.text("address"),
            lastReport: try ReportMark(row: row)
        )
    }

    /// The row in the order that both statements have; throws `invalidInput` when `params` are not UTF-8.
    var rowArguments: StatementArguments {
        get throws {
            guard let text = String(validating: params, as: UTF8.self) else { throw unusable }
            return [
                text, onlineTime?.milliseconds, offlineTime?.milliseconds, address, lastReport?.sequence,
                lastReport?.time.milliseconds, id.rawValue,
            ]
        }
    }

    var unusable: SwitchyardError {
        SwitchyardError(.invalidInput, "the state of device \(id) is not a JSON object of at most 64 KiB")
    }
}

extension ReportMark {
    /// Nil where no report was stored.
    fileprivate init?(row: Row) throws {
        guard let time = try row.timeIfPresent("reportedAt") else { return nil }
        self.init(sequence: try row.text("reportSequence"), time: time)
    }
}

extension SQLiteStore {
    /// Throws `invalidInput`, and writes none, when one of them is no JSON object: that is for the caller to prevent.
    package func saveStates(_ states: [DeviceState]) async throws(SwitchyardError) {
        guard !states.isEmpty else { return }
        try await write { database in
            let statement = try database.cachedStatement(sql: DeviceStateStatement.save.rawValue)
            var work = LongWork()
            for state in states {
                work.step()
                do {
                    try statement.execute(arguments: state.rowArguments)
                } catch let error as DatabaseError where error.isRefusedValue {
                    throw state.unusable
                }
            }
        }
    }
}
