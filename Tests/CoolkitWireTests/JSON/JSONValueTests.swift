import CoolkitWire
import NIOCore
import Testing

@Suite("JSON values")
struct JSONValueTests {
    @Test("Numbers, order and unknown members survive being read and written")
    func keepsSpelling() throws {
        let text = #"{"z":1,"a":1.0,"m":"1","e":1E+2,"big":12345678901234567890.10,"n":null,"l":[{"outlet":0}],"-":-0}"#

        #expect(try JSON(parsing: text).text == text)
    }

    @Test("Writing escapes what must be escaped and nothing else")
    func escapes() {
        let value: JSON = "\u{1}\u{1F}\n\r\t\u{8}\u{C}\"\\/é😀\u{7F}"

        #expect(value.text == "\"\\u0001\\u001f\\n\\r\\t\\b\\f\\\"\\\\/é😀\u{7F}\"")
    }

    @Test("Literals make values")
    func literals() {
        let value: JSON = ["a": nil, "b": true, "c": 1, "d": 2.5, "e": "x\(1)", "f": [1, "2"]]

        #expect(value.text == #"{"a":null,"b":true,"c":1,"d":2.5,"e":"x1","f":[1,"2"]}"#)
    }

    @Test(
        "Integers are read leniently from numbers and numeric text",
        arguments: [
            ("8", 8), (#""8""#, 8), ("1.0", 1), ("1e3", 1_000), ("-5", -5), (#""1546768759""#, 1_546_768_759),
            ("1.5", nil), (#""x""#, nil), (#""""#, nil), ("null", nil), ("true", nil), ("[1]", nil),
            ("9223372036854775807", Int.max), ("9223372036854775808", nil), ("1e400", nil),
        ] as [(String, Int?)]
    )
    func lenientIntegers(text: String, expected: Int?) throws {
        #expect(try JSON(parsing: text).intValue == expected)
    }

    @Test("Numbers differ by their spelling")
    func numbersAreTheirSpelling() throws {
        #expect(try JSON(parsing: "1") != JSON(parsing: "1.0"))
        #expect(try JSON(parsing: "1.50").numberValue?.double == 1.5)
        #expect(JSONNumber(spelling: "1.50")?.text == "1.50")
        #expect(JSONNumber(spelling: "01") == nil)
        #expect(JSONNumber(spelling: " 1") == nil)
        #expect(JSONNumber(0.1).text == "0.1")
        #expect(try JSON(parsing: JSON(1e300).text).numberValue?.double == 1e300)
    }

    @Test("Members are set, replaced and removed in place")
    func editsObjects() {
        var value: JSON = ["a": 1, "b": 2, "c": 3]
        value["b"] = "new"
        value["a"] = nil as JSON?
        value["d"] = .null

        #expect(value.text == #"{"b":"new","c":3,"d":null}"#)
        #expect(value.objectValue?.keys == ["b", "c", "d"])
    }

    @Test("Large objects find, replace and remove members as small ones do", arguments: [3, 16, 17, 18, 500])
    func largeObjects(count: Int) {
        var object = JSONObject((0..<count).map { ("key\($0)", JSON($0)) })
        object["key0"] = "first"
        object["key1"] = nil
        object["new"] = true

        #expect(object.count == count)
        #expect(object["key0"] == "first")
        #expect(object["key1"] == nil)
        #expect(object["key\(count - 1)"] == JSON(count - 1))
        #expect(object.keys.last == "new")
    }

    @Test("Names are told apart by their bytes, not by Unicode equivalence")
    func namesAreBytes() throws {
        let composed = "{\"\u{E9}\":1,\"e\u{301}\":2}"

        #expect(try JSON(parsing: composed).objectValue?.count == 2)
    }

    @Test("Objects are equal in any order")
    func equality() {
        let (left, right): (JSON, JSON) = (["a": 1, "b": 2], ["b": 2, "a": 1])

        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1, "b": 3])
        #expect(left != ["a": 1])
    }

    @Test("Texts differ by their bytes, and however many marks they have that takes no time")
    func comparesBytes() throws {
        let (first, second): (JSON, JSON) = (.string("\u{E9}"), .string("e\u{301}"))

        #expect(first != second)
        #expect(Set([first, second, .string("\u{E9}")]).count == 2)
    }

    @Test(
        "Rows of combining marks are refused where texts are to be compared, and nowhere else",
        arguments: [
            ("e" + String(repeating: "\u{301}\u{316}", count: 300), false),
            ("\u{F40}" + String(repeating: "\u{F73}", count: 600), false),
            (String(repeating: "e" + String(repeating: "\u{301}", count: 30), count: 20), true),
            ("e" + String(repeating: "\u{301}", count: 31), true),
            (String(repeating: "\u{E01}\u{E33}\u{1F600}", count: 300), true),
        ]
    )
    func piledMarks(text: String, isAccepted: Bool) throws {
        let body = JSON.object(["name": .string(text)]).buffer

        #expect(try JSON(parsing: body)["name"]?.stringValue == text)
        #expect(((try? JSON(parsing: body, comparableTexts: true)) != nil) == isAccepted)
    }
}
