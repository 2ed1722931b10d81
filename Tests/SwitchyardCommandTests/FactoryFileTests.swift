import ArgumentParser
import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@testable import switchyard

@Suite("Files of factory records")
struct FactoryFileTests {
    private static let key = "d0d0d0d0-1111-4222-8333-444455550001"

    private func failure(_ text: String) -> String {
        do {
            return "no failure: \(try FactoryFile.parse(text, named: "file"))"
        } catch {
            return error.message
        }
    }

    @Test("CSV and JSON give the same records")
    func parses() throws {
        let csv = """
            \u{FEFF}DeviceID, apikey ,model,uiid,chipid\r
            1000a1b2c3,\(Self.key),PSF-B04-GL,4,00a1b2c3\r

            1000a1b2c4,\(Self.key),"a ""b"", c",,
            """
        let json = """
            [{"deviceid":"1000a1b2c3","apikey":"\(Self.key)","model":"PSF-B04-GL","uiid":4,"chipid":"00a1b2c3"},
             {"deviceid":"1000a1b2c4","apikey":"\(Self.key)","model":"a \\"b\\", c","uiid":null}]
            """

        let expected: [JSON] = [
            [
                "id": "1000a1b2c3", "apikey": .string(Self.key), "model": "PSF-B04-GL", "uiid": 4,
                "chipid": "00a1b2c3",
            ],
            ["id": "1000a1b2c4", "apikey": .string(Self.key), "model": "a \"b\", c"],
        ]
        #expect(try FactoryFile.parse(csv, named: "file") == expected)
        #expect(try FactoryFile.parse(json, named: "file") == expected)
    }

    @Test(
        "A fault is named with its place, and never with the apikey",
        arguments: [
            ("", "file has no devices"), ("deviceid,apikey\n", "file has no devices"),
            ("[]", "file has no devices"), ("[1]", "file, element 1 is not an object"),
            ("[{]", "file is not a JSON array of devices"),
            ("1000a1b2c3,K", "file does not begin with a line of column names, deviceid and apikey among them"),
            ("deviceid,apikey\n1000a1b2c3", "file, line 2 has 1 fields, not 2"),
            ("deviceid,apikey,x\n1,K,1", "file, line 2: 'x' is none of deviceid, apikey, model, uiid, chipid"),
            ("deviceid,apikey\n1 2,K", "file, line 2: deviceid is missing or none"),
            ("deviceid,apikey\n1,K K", "file, line 2: the apikey of device 1 is missing or not valid"),
            ("deviceid,apikey\n\n1,K\n1,K", "file, line 4: device 1 stands twice"),
            ("deviceid,apikey,uiid\n1,K,0", "file, line 2: uiid of device 1 is not 1 to 100000"),
            (#"[{"deviceid":1,"apikey":"K"}]"#, "file, element 1: deviceid is missing or none"),
            (
                #"[{"deviceid":"1","apikey":"K","model":{}}]"#,
                "file, element 1: model of device 1 is no text of at most 64 bytes"
            ),
        ]
    )
    func faults(text: String, message: String) {
        #expect(failure(text) == message)
    }

    @Test("Quoted fields hold line ends, and lines are counted through them")
    func quotes() {
        let rows = CSVText("a,\"b\nc\"\n\"d\"\"\",e\n,,\n\"open").rows

        #expect(rows.map(\.fields) == [["a", "b\nc"], ["d\"", "e"], ["open"]])
        #expect(rows.map(\.line) == [1, 3, 5])
    }

    @Test("Random texts never trap", arguments: 0..<4)
    func random(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        let pieces = ["\"", ",", "\n", "\r\n", "a", "deviceid", "apikey", "[", "{", "é", " "]
        for _ in 0..<500 {
            var text = Bool.random() ? "deviceid,apikey\n" : ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            #expect(!failure(text).isEmpty)
        }
    }

    @Test("A file is imported in parts, devices are listed, claimed and forgotten")
    func imports() async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            let lines = (0..<1_200).map { "1000\(String(100_000 + $0)),\(Self.key)" }
            let file = server.dataDirectory.path + "/devices.csv"
            try Data(("deviceid,apikey\n" + lines.joined(separator: "\n")).utf8).write(to: URL(filePath: file))

            let command = try SwitchyardCommand.parseAsRoot([
                "device", "import", file, "--data", server.dataDirectory.path, "--output", "json",
            ])
            var importing = try #require(command as? any AsyncParsableCommand)
            try await importing.run()

            try await AdminClient.with(server.dataDirectory) { admin in
                let listed = try await admin.send(.get, "unclaimed")
                #expect(listed["devices"]?.arrayValue?.count == 1_200)
                #expect(!listed.text.contains(Self.key))
                let claimed = try await admin.send(
                    .post,
                    "unclaimed",
                    "1000100000",
                    "claim",
                    body: ["account": JSON(ann.identifier), "name": "Lamp"]
                )
                #expect(claimed["name"] == "Lamp")
                #expect(claimed["accountID"] == JSON(ann.account.id.description))
                #expect(try await admin.send(.get, "unclaimed")["devices"]?.arrayValue?.count == 1_199)
                let all = try await admin.send(.get, "unclaimed", query: [("all", "true")])["devices"]?.arrayValue
                #expect(all?.count == 1_200)
                #expect(all?.first?["claimed"] == true)
                _ = try await admin.send(.delete, "unclaimed", "1000100001")
                #expect(try await admin.send(.get, "unclaimed")["devices"]?.arrayValue?.count == 1_198)
            }
        }
    }
}
