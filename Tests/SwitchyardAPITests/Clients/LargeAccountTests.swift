import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

/// Three homes with a hundred devices each, read in the ways that clients have.
///
/// Source: `coolkit-v2-http.md` §4.1, §8.
@Suite("300 things in three homes")
struct LargeAccountTests {
    @Test("SonoffLAN, the Java client and ewelink-api-next each find every device once, home by home")
    func everyWay() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let ann = try await rig.makeAccount("ann@example.org")
            var client = ReplayedClient(rig)
            client.token = try await rig.logIn(ann)
            let homes = try await Self.furnish(client, of: ann)

            for home in homes {
                let expected = Set((0..<100).map { Self.deviceID(home: home.number, $0) })
                let sonoffLAN = try await client.things("num=0&familyid=\(home.id)")
                let java = try await client.things("familyid=\(home.id)&num=300&beginIndex=-999999")
                let next = try await Self.pages(client, of: home.id)
                for things in [sonoffLAN, java, next] {
                    #expect(things.items.count == 100 && things.total == 100)
                    #expect(Set(things.items.compactMap { $0["itemData"]?["deviceid"]?.stringValue }) == expected)
                    #expect(things.items.allSatisfy { $0["itemData"]?["family"]?["familyid"]?.stringValue == home.id })
                    let indexes = things.items.compactMap { $0["index"]?.intValue }
                    #expect(indexes == indexes.sorted() && Set(indexes).count == 100)
                }
            }
            // Without a home it is the current one.
            #expect(try await client.things("num=0").total == 100)
            #expect(try await client.things("").items.count == 30)
        }
    }

    /// Makes two homes beside the first one and puts a hundred devices into each.
    private static func furnish(
        _ client: ReplayedClient,
        of ann: Account
    ) async throws -> [(number: Int, id: String)] {
        for name in ["Garden", "Office"] {
            let made = try await client.post("/v2/family", body: #"{"name":"\#(name)","sort":2}"#)
            #expect(made.error == 0, "\(made.text)")
        }
        let homes = try await client.homes().compactMap { $0["id"]?.stringValue }.enumerated().map { ($0 + 1, $1) }
        #expect(homes.count == 3)
        for (number, id) in homes {
            let current = try await client.post("/v2/family/current", body: #"{"id":"\#(id)"}"#)
            #expect(current.error == 0, "\(current.text)")
            for index in 0..<100 { try await client.rig.addDevice(deviceID(home: number, index), to: ann) }
        }
        return homes
    }

    private static func deviceID(home: Int, _ index: Int) -> String { "1000\(home)00\(100 + index)" }

    /// Pages of 30 from the last index on, until as many have come as there are.
    private static func pages(_ client: ReplayedClient, of home: String) async throws -> (items: [JSON], total: Int?) {
        var (items, total): ([JSON], Int?) = ([], nil)
        var begin = -99_999
        for _ in 0..<10 {
            let page = try await client.things("familyid=\(home)&num=30&beginIndex=\(begin)")
            items += page.items
            total = page.total
            guard let last = page.items.last?["index"]?.intValue, items.count < page.total ?? 0 else { break }
            begin = last
        }
        return (items, total)
    }
}
