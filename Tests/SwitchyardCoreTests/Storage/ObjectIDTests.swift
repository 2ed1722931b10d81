import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Object ids")
struct ObjectIDTests {
    @Test(
        "24 hex characters are read and written in lower case",
        arguments: [
            ("5f0000000000000000000001", "5f0000000000000000000001"),
            ("5F00ABCDEF0000000000000A", "5f00abcdef0000000000000a"),
            ("000000000000000000000000", "000000000000000000000000"),
            ("ffffffffffffffffffffffff", "ffffffffffffffffffffffff"),
        ]
    )
    func reads(text: String, written: String) throws {
        #expect(try #require(ObjectID(text)).description == written)
    }

    @Test(
        "Anything else is no object id",
        arguments: [
            "", "5f", "5f000000000000000000000", "5f00000000000000000000011", "5f000000000000000000000g",
            "+f0000000000000000000001", "5f000000000000 000000001", "５f00000000000000000001",
            "5f0000000000000000000\u{0}01",
        ]
    )
    func refuses(text: String) {
        #expect(ObjectID(text) == nil)
        #expect(AccountID(text) == nil)
    }

    @Test(
        "A new id begins with the time in seconds, whatever the time",
        arguments: [
            (1_700_000_000_000, "6553f100"), (0, "00000000"), (1_000, "00000001"), (-1_000, "ffffffff"),
            (4_294_967_296_000, "00000000"),
        ] as [(Int64, String)]
    )
    func beginsWithTime(milliseconds: Int64, prefix: String) {
        let text = ObjectID.random(at: UnixTime(milliseconds: milliseconds)).description

        #expect(text.count == 24)
        #expect(text.hasPrefix(prefix))
    }

    @Test("Ids sort by their text, so by time")
    func sorts() throws {
        let ids = [
            "6553f10000000000ffffffff", "6553f1000000000100000000", "6553f10100000000000000ff",
            "ff0000000000000000000000",
        ].compactMap { ObjectID($0) }

        #expect(ids.shuffled().sorted() == ids)
        #expect(ids.shuffled().map { AccountID($0) }.sorted() == ids.map { AccountID($0) })
    }

    @Test("Two new ids differ")
    func differs() {
        #expect(Set((0..<1_000).map { _ in ObjectID.random(at: sampleTime) }).count == 1_000)
    }
}
