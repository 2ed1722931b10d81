import ArgumentParser
import CoolkitWire
import Foundation
import Testing

@testable import switchyard

@Suite
struct CommandInputTests {
    @Test(
        "Assignments become params",
        arguments: [
            (["switch=on"], #"{"switch":"on"}"#),
            (["brightness=50", "ratio=1.0", "on=true"], #"{"brightness":50,"ratio":1.0,"on":true}"#),
            (["name=\"quoted\"", "empty=", "text=a=b"], #"{"name":"\"quoted\"","empty":"","text":"a=b"}"#),
            ([#"color={"r":1}"#, "list=[1]"], #"{"color":{"r":1},"list":[1]}"#),
            (
                ["switches.0=on", "switches.2=off"],
                #"{"switches":[{"switch":"on","outlet":0},{"switch":"off","outlet":2}]}"#
            ),
            (["switches.0=on", "switches.0=off"], #"{"switches":[{"switch":"off","outlet":0}]}"#),
            (["switch=on", "switch=off"], #"{"switch":"off"}"#),
        ]
    )
    func assignments(words: [String], params: String) throws {
        #expect(try ControlParameters.parse(words).text == params)
    }

    @Test("Params as JSON pass as they stand", arguments: [#"{"switch":"on"}"#, #"{"a":1.0,"b":{"c":[1e3]}}"#])
    func jsonParams(text: String) throws {
        #expect(try ControlParameters.parse(json: text).text == text)
    }

    @Test("Params that are no object with members are refused", arguments: ["", "{}", "[]", "1", "{", #"{"a":1}x"#])
    func badJSONParams(text: String) {
        #expect(throws: (any Error).self) { try ControlParameters.parse(json: text) }
    }

    @Test(
        "A secret is read from a file without one newline at its end",
        arguments: [("secret", "secret"), ("secret\n", "secret"), ("secret\n\n", "secret\n"), (" s p \r\n", " s p ")]
    )
    func secretFile(contents: String, secret: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(contents.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // A file left over harms nobody.

        #expect(try SecretInput.read(file.path) == secret)
    }

    @Test(
        "An empty, oversized, binary or missing secret file is a local fault",
        arguments: [[], [10], [0xFF], [UInt8](repeating: 97, count: 5_000), nil]
    )
    func badSecretFile(contents: [UInt8]?) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        if let contents { try Data(contents).write(to: file) }
        defer { try? FileManager.default.removeItem(at: file) }  // There may be none.

        let failure = #expect(throws: CommandFailure.self) { try SecretInput.read(file.path) }
        #expect(failure?.exitCode.rawValue == 2)
    }

    @Test("Generated passwords are long enough for an account and never twice the same")
    func generatedPasswords() {
        let passwords = Set((0..<100).map { _ in SecretInput.generatePassword() })

        #expect(passwords.count == 100)
        #expect(passwords.allSatisfy { $0.utf8.count == 24 && $0.allSatisfy { $0.isLetter || $0.isNumber } })
    }

    @Test("Tables have aligned columns, dashes for nothing and no spaces at the ends of lines")
    func table() {
        let rows: [JSON] = [
            ["id": "1000000001", "online": true, "names": ["a", "b"], "params": ["x": 1]],
            ["id": "1", "online": false, "name": ""],
        ]

        let text = TextTable(
            columns: [("ID", "id"), ("ONLINE", "online"), ("NAMES", "names"), ("PARAMS", "params"), ("NAME", "name")],
            rows: rows
        )
        .text(empty: "none")

        #expect(
            text == """
                ID          ONLINE  NAMES  PARAMS   NAME
                1000000001  yes     a, b   {"x":1}  -
                1           no      -      -        -
                """
        )
        #expect(TextTable(columns: [("ID", "id")], rows: []).text(empty: "none") == "none")
    }
}
