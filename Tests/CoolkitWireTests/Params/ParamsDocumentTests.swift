import CoolkitWire
import NIOCore
import Testing

@Suite("Stored params")
struct ParamsDocumentTests {
    private func document(_ json: String) throws -> ParamsDocument { try ParamsDocument(bytes: Array(json.utf8)) }

    @Test("A new document is an empty object")
    func empty() {
        let document = ParamsDocument()

        #expect(text(document.buffer) == "{}")
        #expect(document.isEmpty)
        #expect(document.value(of: "switch") == nil)
        #expect(document.selecting(["switch"]) == nil)
    }

    @Test(
        "What the store kept is taken as it is; white space goes, and of a name that occurs twice the last value stays"
    )
    func initializes() throws {
        #expect(text(try document(#"{"a":1.0,"b":"x y"}"#).buffer) == #"{"a":1.0,"b":"x y"}"#)
        #expect(text(try document(#" { "a" : [ 1 , "x y" ] } "#).buffer) == #"{"a":[1,"x y"]}"#)
        #expect(text(try document(#"{"a":1,"b":2,"\u0061":3}"#).buffer) == #"{"a":3,"b":2}"#)
    }

    @Test("What is no object is refused", arguments: ["", "[]", "1", "null", "{", #"{"a":1}x"#, #"{"a":}"#])
    func refuses(json: String) {
        #expect(throws: JSONSyntaxError.self) { try document(json) }
    }

    @Test("Values are handed out as they are stored")
    func values() throws {
        let document = try document(#"{"switch":"on","rssi":-55.0,"timers":[{"at":"x"}],"n":null,"\u0061b":1}"#)

        #expect(text(document.value(of: "switch")) == #""on""#)
        #expect(text(document.value(of: "rssi")) == "-55.0")
        #expect(text(document.value(of: "timers")) == #"[{"at":"x"}]"#)
        #expect(text(document.value(of: "n")) == "null")
        #expect(text(document.value(of: "ab")) == "1")
        #expect(document.value(of: "swit") == nil)
    }

    @Test(
        "A selection has those names that exist, each once, in the order asked",
        arguments: [
            (["switch", "timers"], #"{"switch":"on"}"#), (["rssi", "switch"], #"{"rssi":-55,"switch":"on"}"#),
            (["switch", "switch"], #"{"switch":"on"}"#), (["timers"], nil), ([], nil),
        ] as [([String], String?)]
    )
    func selects(names: [String], expected: String?) throws {
        let document = try document(#"{"switch":"on","rssi":-55}"#)

        #expect(text(document.selecting(names)) == expected)
    }

    @Test("A selection of thousands of names finds the same as one of few")
    func selectsMany() throws {
        var document = ParamsDocument()
        let object = JSONObject((0..<200).map { ("key\($0)", JSON($0)) })
        _ = try document.merge(JSON(object).buffer)

        let names = (0..<5_000).map { "key\($0)" }

        #expect(document.selecting(names) == document.buffer)
    }

    @Test("A command is completed with the stored state of the other outlets")
    func completesSwitches() throws {
        let document = try document(#"{"switches":[{"switch":"off","outlet":0},{"switch":"on","outlet":1}],"lock":0}"#)

        let completed = document.completingSwitches(
            buffer(#"{"a":1,"switches":[{"switch":"on","outlet":0}],"b":[ 2 ]}"#)
        )

        #expect(
            text(completed)
                == #"{"a":1,"switches":[{"switch":"on","outlet":0},{"switch":"on","outlet":1}],"b":[ 2 ]}"#
        )
    }

    @Test(
        "There is nothing to complete in other commands",
        arguments: [
            #"{"switch":"on"}"#, #"{"switches":[]}"#, #"{"switches":"on"}"#, #"{"switches":[{"switch":"on"}]}"#, "[]",
            "1",
            #"{"switches":[{"switch":"on","outlet":1},{"switch":"on","outlet":0}]}"#, #"{"switches":[{"outlet":0}]"#,
            #"[{"switches":[{"switch":"on","outlet":0}]}]"#,
        ]
    )
    func nothingToComplete(update: String) throws {
        let document = try document(#"{"switches":[{"switch":"off","outlet":0},{"switch":"on","outlet":1}]}"#)

        #expect(document.completingSwitches(buffer(update)) == nil)
        #expect(ParamsDocument().completingSwitches(buffer(#"{"switches":[{"switch":"on","outlet":0}]}"#)) == nil)
    }
}
