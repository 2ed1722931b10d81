import CoolkitWire
import NIOCore
import Testing

/// Source: `uiid-catalogue.md` §2, `coolkit-websocket.md` §6.1 and §6.2.
@Suite("Merging params")
struct ParamsMergeTests {
    @Test(
        "Members merge by name",
        arguments: [
            ("{}", #"{"switch":"on"}"#, #"{"switch":"on"}"#),
            (#"{"switch":"off","rssi":-55}"#, #"{"switch":"on"}"#, #"{"switch":"on","rssi":-55}"#),
            (#"{"a":1,"b":2,"c":3}"#, #"{"b":{"x":[]}}"#, #"{"a":1,"b":{"x":[]},"c":3}"#),
            (#"{"a":1}"#, #"{"b":2,"a":3,"c":4}"#, #"{"a":3,"b":2,"c":4}"#),
            (#"{"a":1}"#, #"{"a":null}"#, #"{"a":null}"#),
            (#"{"a":1}"#, #"{"a":1.0}"#, #"{"a":1.0}"#),
            (#"{"a":1}"#, #"{"a":"1"}"#, #"{"a":"1"}"#),
            (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":3}}"#, #"{"a":{"x":3}}"#),
            (#"{"timers":[{"mId":"1"},{"mId":"2"}]}"#, #"{"timers":[{"mId":"3"}]}"#, #"{"timers":[{"mId":"3"}]}"#),
            (#"{"timers":[{"mId":"1"}]}"#, #"{"timers":[]}"#, #"{"timers":[]}"#),
            (#"{"a":1}"#, #"{"b":1,"b":2,"a":5,"a":6}"#, #"{"a":6,"b":2}"#),
            (
                #"{"a":1}"#, " { \"a\" : { \"x y\" : [ 1 ,\t2 ] } ,\n\"b\" : \" \\\" \" } ",
                #"{"a":{"x y":[1,2]},"b":" \" "}"#
            ),
            (#"{"switch":"off"}"#, #"{"\u0073witch":"on"}"#, #"{"switch":"on"}"#),
            (#"{"\u0073witch":"off"}"#, #"{"switch":"on"}"#, #"{"\u0073witch":"on"}"#),
            ("{}", #"{"\u0061":1,"a":2}"#, #"{"\u0061":2}"#),
            (#"{"a":1}"#, #"{"partnerApikey":"k","a":2,"sequence":"17"}"#, #"{"a":2}"#),
            ("{}", #"{"p\u0061rtnerApikey":"k","b":1}"#, #"{"b":1}"#),
            (#"{"a":1}"#, #"[{"a":2},{"b":3},{"a":4}]"#, #"{"a":4,"b":3}"#),
            (
                "{}", #"{"hundredDaysKwh":"get","uiActive":60,"cmd":"trigger"}"#,
                #"{"hundredDaysKwh":"get","uiActive":60,"cmd":"trigger"}"#
            ),
        ]
    )
    func mergesByName(stored: String, update: String, expected: String) throws {
        try expectMerge(of: update, into: stored, gives: expected)
    }

    @Test(
        "Arrays of outlets merge by outlet",
        arguments: [
            (
                #"{"switches":[{"switch":"off","outlet":0},{"switch":"off","outlet":1}]}"#,
                #"{"switches":[{"switch":"on","outlet":1}]}"#,
                #"{"switches":[{"switch":"off","outlet":0},{"switch":"on","outlet":1}]}"#
            ),
            (
                #"{"pulses":[{"pulse":"off","width":1000,"outlet":0}]}"#,
                #"{"pulses":[{"outlet":0,"pulse":"on"}]}"#,
                #"{"pulses":[{"pulse":"on","width":1000,"outlet":0}]}"#
            ),
            (
                #"{"switches":[{"outlet":"1","a":0}]}"#,
                #"{"switches":[{"outlet":"\u0030","a":  0},{"outlet":"\u0031","a":  1}]}"#,
                #"{"switches":[{"outlet":"1","a":1},{"outlet":"\u0030","a":0}]}"#
            ),
            (
                #"{"configure":[{"startup":"off","outlet":0}]}"#,
                #"{"configure":[{"startup":"on","outlet":2},{"startup":"stay","outlet":0}]}"#,
                #"{"configure":[{"startup":"stay","outlet":0},{"startup":"on","outlet":2}]}"#
            ),
            (
                #"{"switches":[{"switch":"off","outlet":0}]}"#,
                #"{"switches":[{"switch":"on","outlet":"0","extra":[1, 2]}]}"#,
                #"{"switches":[{"switch":"on","outlet":0,"extra":[1,2]}]}"#
            ),
            (
                #"{"anything":[{"outlet":0,"v":1},{"outlet":0,"v":2}]}"#,
                #"{"anything":[{"outlet":0,"v":3},{"outlet":0,"v":4}]}"#,
                #"{"anything":[{"outlet":0,"v":4}]}"#
            ),
            (
                #"{"switches":[{"switch":"off","outlet":0}]}"#,
                #"{"switches":[{"switch":"on"}]}"#,
                #"{"switches":[{"switch":"on"}]}"#
            ),
            (
                #"{"switches":[{"switch":"off","outlet":0}]}"#,
                #"{"switches":[{"switch":"on","outlet":0},1]}"#,
                #"{"switches":[{"switch":"on","outlet":0},1]}"#
            ),
            (
                #"{"switches":"none"}"#,
                #"{"switches":[{"switch":"on","outlet":0}]}"#,
                #"{"switches":[{"switch":"on","outlet":0}]}"#
            ),
            (
                #"{"switches":[{"switch":"off","outlet":0}]}"#,
                #"{"switches":[]}"#,
                #"{"switches":[]}"#
            ),
            (
                #"{"switches":[{"switch":"off","outlet":0}]}"#,
                #"[{"switches":[{"switch":"on","outlet":0}]},{"switches":[{"switch":"on","outlet":1}]}]"#,
                #"{"switches":[{"switch":"on","outlet":0},{"switch":"on","outlet":1}]}"#
            ),
            (
                #"{"switches":[{"switch":"off","outlet":0}]}"#,
                #"{"switches":[{"sw\u0069tch":"on","\u006futlet":0}]}"#,
                #"{"switches":[{"switch":"on","outlet":0}]}"#
            ),
        ]
    )
    func mergesByOutlet(stored: String, update: String, expected: String) throws {
        try expectMerge(of: update, into: stored, gives: expected)
    }

    @Test(
        "What says nothing new changes nothing",
        arguments: [
            "{}", "[]", #"{"switch":"on"}"#, #"{"rssi":-55,"switch":"on"}"#, #" { "switch" : "on" } "#, "[{}]",
            #"{"partnerApikey":"k"}"#, #"{"sequence":1}"#, #"{"switches":[{"outlet":1}]}"#,
            #"{"switches":[{"switch":"on","outlet":0}]}"#, #"[{"switch":"off"},{"switch":"on"}]"#,
        ]
    )
    func nothingNew(update: String) throws {
        let stored = #"{"switch":"on","rssi":-55,"switches":[{"switch":"on","outlet":0},{"switch":"off","outlet":1}]}"#
        var document = try ParamsDocument(bytes: Array(stored.utf8))

        let hasChanged = try document.merge(buffer(update))

        #expect(!hasChanged)
        #expect(text(document.buffer) == stored)
    }

    @Test(
        "What is neither an object nor an array of objects is malformed and changes nothing",
        arguments: [
            "", "1", "null", "\"a\"", "[1]", "[{},[]]", "{", #"{"a":2"#, #"{"a":2}x"#, #"[{"a":2},]"#, #"{"a":2,}"#,
        ]
    )
    func malformed(update: String) throws {
        var document = try ParamsDocument(bytes: Array(#"{"a":1}"#.utf8))

        #expect(throws: ParamsError.malformed) { try document.merge(buffer(update)) }
        #expect(text(document.buffer) == #"{"a":1}"#)
    }

    @Test("A document grows to 64 KiB and no further")
    func boundsSize() throws {
        var document = ParamsDocument()
        let filler = String(repeating: "x", count: ParamsDocument.maximumBytes - #"{"a":""}"#.utf8.count)

        #expect(try document.merge(buffer(#"{"a":"\#(filler)"}"#)))
        #expect(document.bytes.count == ParamsDocument.maximumBytes)
        #expect(throws: ParamsError.tooLarge) { try document.merge(buffer(#"{"b":0}"#)) }
        #expect(document.bytes.count == ParamsDocument.maximumBytes)
        #expect(try document.merge(buffer(#"{"a":0,"b":1}"#)))
        #expect(text(document.buffer) == #"{"a":0,"b":1}"#)
    }

    @Test("An array has a bounded number of objects")
    func boundsElements() throws {
        var document = ParamsDocument()
        func update(_ count: Int) -> ByteBuffer {
            buffer("[" + Array(repeating: #"{"a":1}"#, count: count).joined(separator: ",") + "]")
        }

        #expect(throws: ParamsError.tooLarge) { try document.merge(update(ParamsDocument.maximumUpdateElements + 1)) }
        #expect(try document.merge(update(ParamsDocument.maximumUpdateElements)))
    }

    @Test("Thousands of members merge as few do")
    func manyMembers() throws {
        var document = ParamsDocument()
        func update(_ offset: Int) -> JSONObject {
            JSONObject((0..<3_000).reversed().map { ("k\($0)", JSON($0 + offset)) })
        }

        #expect(try document.merge(JSON(update(0)).buffer))
        #expect(try document.merge(JSON(update(1)).buffer))
        #expect(try !document.merge(JSON(update(1)).buffer))
        #expect(document.buffer == JSON(update(1)).buffer)
        #expect(try ParamsDocument(bytes: document.bytes) == document)
    }

    @Test("A short report on a device with thousands of members builds no table of them")
    func shortReportOnManyMembers() throws {
        let members = (0..<2_000).map { #""name-\#($0)":0"# }.joined(separator: ",")
        var document = try ParamsDocument(bytes: Array("{\(members)}".utf8))
        func shortest(_ body: () throws -> Void) rethrows -> Duration {
            try (0..<5).map { _ in try ContinuousClock().measure(body) }.min() ?? .zero
        }
        let bytes = document.bytes
        var value = 0

        let loading = try shortest { _ = try ParamsDocument(bytes: bytes) }
        let merging = try shortest {
            value += 1
            _ = try document.merge(buffer(#"{"name-1999":\#(value)}"#))
        }

        // Loading has to compare all with all, and builds one.
        #expect(merging < loading, "\(merging), \(loading)")
    }

    @Test("Thousands of elements for one outlet are no more work than as many outlets")
    func manyElementsOfOneOutlet() throws {
        func time(_ outlet: (Int) -> Int) throws -> Duration {
            var document = ParamsDocument()
            let elements = (0..<2_500).map { #"{"outlet":\#(outlet($0)),"k\#($0)":0}"# }.joined(separator: ",")
            _ = try document.merge(buffer(#"{"switches":[{"outlet":0}]}"#))
            return try ContinuousClock().measure { _ = try document.merge(buffer(#"{"switches":[\#(elements)]}"#)) }
        }

        let (many, one) = (try time { $0 }, try time { _ in 0 })

        // Merging them one by one would be hundreds of times as much.
        #expect(one < many * 10, "\(one), \(many)")
    }

    private func expectMerge(
        of update: String,
        into stored: String,
        gives expected: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var document = try ParamsDocument(bytes: Array(stored.utf8))

        let hasChanged = try document.merge(buffer(update))

        #expect(hasChanged, sourceLocation: sourceLocation)
        #expect(text(document.buffer) == expected, sourceLocation: sourceLocation)
        #expect(try !document.merge(document.buffer), "a second time nothing changes", sourceLocation: sourceLocation)
    }
}
