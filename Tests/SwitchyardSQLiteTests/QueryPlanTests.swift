import GRDB
import Testing

@testable import SwitchyardSQLite

@Suite("Query plans")
struct QueryPlanTests {
    /// What reads a whole table on purpose: lists for the operator, and what is loaded at start.
    static let readsAll = [
        AccountStatement.all.rawValue, ClientApplicationStatement.all.rawValue,
        DeviceStatement.allWithState.rawValue, DeletedDeviceStatement.all.rawValue,
        DeviceApplicationStatement.all.rawValue, FactoryRecordStatement.all.rawValue,
        DeviceShareStatement.all.rawValue,
        FirmwareReleaseStatement.all.rawValue, FirmwareImageStatement.all.rawValue,
        PendingUpgradeStatement.all.rawValue,
    ]

    /// What empties a table.
    static let deletesAll = [OutboxMessageStatement.deleteAll.rawValue]

    static let statements =
        AccountStatement.allCases.map(\.rawValue) + ClientApplicationStatement.allCases.map(\.rawValue)
        + ApplicationRedirectStatement.allCases.map(\.rawValue)
        + AuthorizationCodeStatement.allCases.map(\.rawValue)
        + TokenPairStatement.allCases.map(\.rawValue) + DeviceStatement.allCases.map(\.rawValue)
        + SubDeviceStatement.allCases.map(\.rawValue) + DeviceStateStatement.allCases.map(\.rawValue)
        + DeletedDeviceStatement.allCases.map(\.rawValue) + DeviceShareStatement.allCases.map(\.rawValue)
        + DeviceSettingStatement.allCases.map(\.rawValue) + DeviceApplicationStatement.allCases.map(\.rawValue)
        + DeviceGroupStatement.allCases.map(\.rawValue) + DeviceGroupMemberStatement.allCases.map(\.rawValue)
        + FactoryRecordStatement.allCases.map(\.rawValue)
        + HomeStatement.allCases.map(\.rawValue) + RoomStatement.allCases.map(\.rawValue)
        + ThingPlaceStatement.allCases.map(\.rawValue)
        + FirmwareReleaseStatement.allCases.map(\.rawValue) + FirmwareImageStatement.allCases.map(\.rawValue)
        + PendingUpgradeStatement.allCases.map(\.rawValue)
        + HistoryStatement.allCases.map(\.rawValue)
        + AccountMessageStatement.allCases.map(\.rawValue)
        + ThingGroupStatement.allCases.map(\.rawValue) + ThingGroupMemberStatement.allCases.map(\.rawValue)
        + VerificationStatement.allCases.map(\.rawValue) + OutboxMessageStatement.allCases.map(\.rawValue)

    @Test(
        "Every statement that runs for a request finds its rows by an index",
        arguments: statements.filter { !readsAll.contains($0) && !deletesAll.contains($0) }
    )
    func usesIndex(sql: String) async throws {
        try await withSQLiteStore { store in
            let plan = try await plan(of: sql, store)

            #expect(!plan.contains { $0.contains("SCAN") }, "\(plan)")
            #expect(plan.contains { $0.contains("SEARCH") } == sql.contains("WHERE"), "\(plan)")
        }
    }

    @Test("What reads a table whole reads one table whole", arguments: readsAll)
    func scansOneTable(sql: String) async throws {
        try await withSQLiteStore { store in
            let plan = try await plan(of: sql, store)

            #expect(plan.count { $0.contains("SCAN") } == 1, "\(plan)")
        }
    }

    private func plan(of sql: String, _ store: SQLiteStore) async throws -> [String] {
        try await store.read { database in
            let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
            statement.setUncheckedArguments([])
            return try Row.fetchAll(statement).map { $0["detail"] }
        }
    }
}
