import CoolkitWire
import Testing

/// Source: `test-vectors.md` §1, "Lenient verification of GET".
@Suite("Messages that a query may stand for")
struct QueryMessagesTests {
    private func messages(_ query: String, strict: Bool = false) -> [String] {
        RequestSignature.queryMessages(query: query, strict: strict).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("They are tried from the strictest to the most lenient, each once")
    func order() {
        #expect(
            messages("b=%2B1+x&B=2&a=3") == [
                "B=2&a=3&b=+1+x", "B=2&a=3&b=+1 x", "B=2&a=3&b=%2B1+x",
                "a=3&b=+1+x&B=2", "a=3&b=+1 x&B=2", "a=3&b=%2B1+x&B=2",
                "b=+1+x&B=2&a=3", "b=+1 x&B=2&a=3",
            ]
        )
    }

    @Test("Strict leaves only the sorted and decoded one, with both readings of a plus")
    func strict() {
        #expect(messages("b=%2B1+x&a=3", strict: true) == ["a=3&b=+1+x", "a=3&b=+1 x"])
        #expect(messages("b=1&a=2", strict: true) == ["a=2&b=1"])
    }

    @Test("A query that every rule reads alike has one message")
    func withoutDuplicates() {
        #expect(messages("a=1&b=2") == ["a=1&b=2"])
    }

    @Test("The parameter called sign is left out")
    func leavesOutSign() {
        #expect(messages("a=1&sign=xyz%3D&signed=2") == ["a=1&signed=2"])
    }

    @Test(
        "Odd queries are read without complaint",
        arguments: [
            ("", ""), ("&&", ""), ("a", "a="), ("=1", "=1"), ("a=b=c", "a=b=c"), ("a=%", "a=%"), ("a=%4", "a=%4"),
            ("a=%zz", "a=%zz"), ("a=%41", "a=A"), ("a=%e6%97%a5", "a=日"), ("a=1&a=0", "a=1&a=0"),
        ]
    )
    func oddQueries(query: String, expected: String) {
        #expect(messages(query).first == expected)
    }

    @Test("A query with more parameters than any client sends has no messages")
    func isBounded() {
        let most = (0..<RequestSignature.maximumQueryParameters).map { "k\($0)=1" }.joined(separator: "&")

        #expect(!messages(most).isEmpty)
        #expect(messages(most + "&one=more").isEmpty)
    }
}
