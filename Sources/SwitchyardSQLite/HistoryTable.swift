package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `history`.
enum HistoryStatement: String, CaseIterable {
    /// Where a device's entries go on, and since when it is there.
    case position = """
        SELECT createdAt, (SELECT max(number) FROM history WHERE deviceID = ?1) FROM device WHERE id = ?1
        """
    case append = "INSERT INTO history (deviceID, number, time, kind, account, params) VALUES (?, ?, ?, ?, ?, ?)"
    case keepNewest = "DELETE FROM history WHERE deviceID = ? AND number <= ?"
    case page = """
        SELECT deviceID, number, time, kind, account, params FROM history
        WHERE deviceID = ? AND number < ? AND time >= ? AND time <= ?
        ORDER BY number DESC LIMIT ?
        """
    case removeOfDevice = """
        DELETE FROM history WHERE deviceID = ?1 AND number IN (
            SELECT number FROM history WHERE deviceID = ?1 AND time <= ?2 ORDER BY number LIMIT ?3
        )
        """
    case removeOld = """
        DELETE FROM history WHERE (deviceID, number) IN (
            SELECT deviceID, number FROM history WHERE time < ? ORDER BY time LIMIT ?
        )
        """
}

/// The record of `history` is the domain type itself.
extension HistoryRecord {
    fileprivate init(row: Row) throws {
        let account = try row.decode(String?.self, forColumn: "account")
        let actor: HistoryEntry.Actor
        switch (try row.text("kind"), account) {
        case ("report", nil): actor = .device
        case ("command", nil): actor = .operatorOfServer
        case ("command", _): actor = .account(try row.value("account", APIKey.init))
        default: throw UnreadableColumn(name: "kind")
        }
        self.init(
            number: try row.decode(Int64.self, forColumn: "number"),
            entry: HistoryEntry(
                device: try row.value("deviceID", DeviceID.init),
                time: try row.time("time"),
                actor: actor,
                params: Array(try row.text("params").utf8)
            )
        )
    }
}

extension HistoryEntry {
    /// The row in the order of `append`; throws `invalidInput` when `params` are not UTF-8.
    fileprivate func rowArguments(number: Int64) throws -> StatementArguments {
        guard let text = String(validating: params, as: UTF8.self) else { throw unusable }
        let (kind, account): (String, String?) =
            switch actor {
            case .device: ("report", nil)
            case .account(let apiKey): ("command", apiKey.rawValue)
            case .operatorOfServer: ("command", nil)
            }
        return [device.rawValue, number, time.milliseconds, kind, account, text]
    }

    fileprivate var unusable: SwitchyardError {
        SwitchyardError(
            .invalidInput,
            "the history of device \(device) holds params that are no JSON of at most 64 KiB"
        )
    }
}

extension SQLiteStore: HistoryStore {
    package func appendHistory(_ entries: [HistoryEntry], keeping limit: Int) async throws(SwitchyardError) {
        guard !entries.isEmpty else { return }
        // Those of a device lie beside each other: in one go they change fewer pages.
        let ofDevices = Dictionary(grouping: entries, by: \.device)
        try await write { database in
            var work = LongWork()
            for (device, entries) in ofDevices { try database.append(entries, to: device, keeping: limit, &work) }
        }
    }

    package func history(
        of id: DeviceID,
        _ query: HistoryQuery
    ) async throws(SwitchyardError) -> [HistoryRecord] {
        let arguments: StatementArguments = [
            id.rawValue, query.before ?? .max, query.from?.milliseconds ?? .min, query.to?.milliseconds ?? .max,
            query.limit,
        ]
        return try await read { try $0.fetch(HistoryStatement.page, arguments, HistoryRecord.init) }
    }

    package func removeHistory(
        of id: DeviceID,
        until time: UnixTime,
        atMost count: Int
    ) async throws(SwitchyardError) -> Int {
        try await write { database in
            try database.run(HistoryStatement.removeOfDevice, [id.rawValue, time.milliseconds, count])
            return database.changesCount
        }
    }

    package func removeHistory(before time: UnixTime, atMost count: Int) async throws(SwitchyardError) -> Int {
        try await write { database in
            try database.run(HistoryStatement.removeOld, [time.milliseconds, count])
            return database.changesCount
        }
    }
}

extension Database {
    /// Appends entries of a device that is there and was so at their time; a device that was added again begins anew.
    fileprivate func append(
        _ entries: [HistoryEntry],
        to device: DeviceID,
        keeping limit: Int,
        _ work: inout LongWork
    ) throws {
        let found = try fetch(HistoryStatement.position, [device.rawValue]) { row in
            (createdAt: try row.time("createdAt"), number: try row.decode(Int64?.self, atIndex: 1) ?? 0)
        }
        guard let (createdAt, last) = found.first else { return }
        var number = last
        let statement = try cachedStatement(sql: HistoryStatement.append.rawValue)
        for entry in entries where createdAt <= entry.time {
            work.step()
            number += 1
            do {
                try statement.execute(arguments: entry.rowArguments(number: number))
            } catch let error as DatabaseError where error.isRefusedValue {
                throw entry.unusable
            }
        }
        guard number > last, number > limit else { return }
        work.step()
        try run(HistoryStatement.keepNewest, [device.rawValue, number - Int64(limit)])
    }
}
