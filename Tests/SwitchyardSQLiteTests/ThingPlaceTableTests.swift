import GRDB
import SwitchyardCore
import Testing

@testable import SwitchyardSQLite

@Suite("Places in the database")
struct ThingPlaceTableTests {
    @Test("Things of a home whose lowest index is used up move up, in their order")
    func renumbers() async throws {
        try await withSQLiteStore { store in
            let account = try await store.addAccount(1)
            for number in 1...2 { _ = try await store.addDevice(number, owner: account) }
            try await store.pool.write { database in
                try database.execute(
                    sql: "UPDATE thingPlace SET position = \(ThingPlace.lowestIndex) WHERE position = -2"
                )
            }

            _ = try await store.addDevice(3, owner: account)

            let things = try await store.contents(of: nil, of: account.id).things
            #expect(
                things.map { "\($0.thing.description.suffix(1))@\($0.place.index)" } == ["3@-1", "2@0", "1@999997"]
            )
        }
    }
}
