import ArgumentParser
import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@testable import switchyard

/// The message of the failure that `body` ends with.
func message(_ body: () async throws -> JSON) async throws -> String {
    do {
        return "no failure: \(try await body().text)"
    } catch let failure as CommandFailure {
        #expect(failure.exitCode.rawValue == 1)
        return failure.message
    }
}

/// The admin interface as the commands use it: their client against a server in this process, over its socket.
@Suite
struct AdminClientTests {
    @Test("Without a server a command says how to start one: exit code 69")
    func noServer() async throws {
        let failure = await #expect(throws: CommandFailure.self) {
            try await AdminClient.with(DataDirectory(path: "/nowhere/data")) { try await $0.send(.get, "health") }
        }

        #expect(failure?.exitCode.rawValue == 69)
        #expect(failure?.message.contains("switchyard serve --data /nowhere/data") == true)
    }

    @Test("Health counts devices and sessions")
    func health() async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            try await server.addDevice(to: ann)

            let health = try await AdminClient.with(server.dataDirectory) { try await $0.send(.get, "health") }

            #expect(health["status"] == "ok")
            #expect(health["devices"] == 1)
            #expect(health["devicesOnline"] == 0)
            #expect(health["sessions"] == 0)
        }
    }

    @Test("An app id is made, listed without its secret, and removed")
    func applications() async throws {
        try await withTestServer { server in
            try await AdminClient.with(server.dataDirectory) { admin in
                let made = try await admin.send(.post, "applications", body: ["name": "phone"])
                let own: JSON = ["name": "own", "id": "myid", "secret": "mysecret"]
                let brought = try await admin.send(.post, "applications", body: own)
                let listed = try await admin.send(.get, "applications")

                #expect(made["id"]?.stringValue?.count == 32)
                #expect(made["secret"]?.stringValue?.count == 32)
                #expect(brought["secret"] == "mysecret")
                #expect(Set(listed["applications"]?.arrayValue?.map { $0["name"] } ?? []) == ["phone", "own"])
                #expect(!listed.text.contains("secret"))
                let again = try await message { try await admin.send(.post, "applications", body: own) }
                #expect(!again.hasPrefix("no failure"), "\(again)")

                _ = try await admin.send(.delete, "applications", "myid")
                let gone = try await message { try await admin.send(.delete, "applications", "myid") }
                #expect(!gone.hasPrefix("no failure"), "\(gone)")
            }
        }
    }

    @Test("An account is made, listed, given a new password and removed; names in paths are encoded")
    func accounts() async throws {
        try await withTestServer { server in
            try await AdminClient.with(server.dataDirectory) { admin in
                let name = "ann/o%2f'hara+x@example.org"
                let made = try await admin.send(
                    .post,
                    "accounts",
                    body: ["identifier": JSON(name), "password": "correct-horse"]
                )
                _ = try await admin.send(.put, "accounts", name, "password", body: ["password": "other-horse"])
                let listed = try await admin.send(.get, "accounts")
                _ = try await admin.send(.delete, "accounts", name)

                #expect(made["identifier"] == JSON(name))
                #expect(made["region"] == "eu")
                #expect(listed["accounts"]?.arrayValue?.map { $0["id"] } == [made["id"]])
                #expect(!listed.text.contains("horse"))
                #expect(try await admin.send(.get, "accounts") == ["accounts": []])
            }
        }
    }

    @Test("An account moves to another region, and the list says where its apps are sent")
    func accountRegion() async throws {
        try await withTestServer {
            $0.protocolSettings.regionHosts = ["us": "us-api.example.org"]
        } _: { server in
            _ = try await server.makeAccount()
            try await AdminClient.with(server.dataDirectory) { admin in
                let moved = try await admin.send(.put, "accounts", "ann@example.org", "region", body: ["region": "us"])
                let listed = try await admin.send(.get, "accounts")
                let refused = try await message {
                    try await admin.send(.put, "accounts", "ann@example.org", "region", body: ["region": "mars"])
                }
                let unknown = try await message {
                    try await admin.send(.put, "accounts", "bob@example.org", "region", body: ["region": "us"])
                }

                #expect(moved["region"] == "us")
                #expect(moved["regionHost"] == "us-api.example.org")
                #expect(listed["accounts"] == [moved])
                #expect(refused == "a region is one of cn, as, eu, us")
                #expect(!unknown.hasPrefix("no failure"))
                let home = try await admin.send(.put, "accounts", "ann@example.org", "region", body: ["region": "eu"])
                #expect(home["regionHost"] == .null)
            }
        }
    }

    @Test("The checks of an app id are made with it and set anew; what is left out is the default")
    func applicationChecks() async throws {
        try await withTestServer { server in
            try await AdminClient.with(server.dataDirectory) { admin in
                let made = try await admin.send(
                    .post,
                    "applications",
                    body: ["name": "strict", "id": "strict", "secret": "s", "nonceReplayCheck": true]
                )
                let limited = try await admin.send(
                    .put,
                    "applications",
                    "strict",
                    "checks",
                    body: ["clockSkewLimitSeconds": 300]
                )
                let off = try await admin.send(
                    .put,
                    "applications",
                    "strict",
                    "checks",
                    body: ["nonceReplayCheck": true, "clockSkewLimitSeconds": 0]
                )

                #expect(made["nonceReplayCheck"] == true && made["clockSkewLimitSeconds"] == .null)
                #expect(limited["nonceReplayCheck"] == false && limited["clockSkewLimitSeconds"] == 300)
                #expect(off["nonceReplayCheck"] == true && off["clockSkewLimitSeconds"] == 0)
                #expect(limited["secret"] == nil)
                for (id, body) in [
                    ("none", [:]), ("strict", ["clockSkewLimitSeconds": 86_401]), ("strict", ["nonceReplayCheck": 1]),
                    ("strict", ["clockSkewLimitSeconds": -1]), ("strict", ["clockSkewLimitSeconds": "5m"]),
                ] as [(String, JSON)] {
                    let refusal = try await message {
                        try await admin.send(.put, "applications", id, "checks", body: body)
                    }
                    #expect(!refusal.hasPrefix("no failure"), "\(body.text)")
                }
                #expect(try await admin.send(.get, "applications")["applications"] == [off])
            }
        }
    }

    @Test("The redirect URLs of an app id are made with it and set as a whole; a bad one changes nothing")
    func applicationRedirects() async throws {
        try await withTestServer { server in
            try await AdminClient.with(server.dataDirectory) { admin in
                let body: JSON = ["name": "web", "id": "web", "secret": "s", "redirectUrls": ["https://b.example/"]]
                let made = try await admin.send(.post, "applications", body: body)
                let set = try await admin.send(
                    .put,
                    "applications",
                    "web",
                    "redirects",
                    body: ["redirectUrls": ["https://c.example/cb?a=1", "http://localhost:1880/cb"]]
                )

                #expect(made["redirectUrls"] == ["https://b.example/"])
                #expect(set["redirectUrls"] == ["http://localhost:1880/cb", "https://c.example/cb?a=1"])
                #expect(set["secret"] == nil)
                for (id, body) in [
                    ("none", ["redirectUrls": []]), ("web", [:]), ("web", ["redirectUrls": ["http://c.example/"]]),
                    ("web", ["redirectUrls": "https://c.example/"]), ("web", ["redirectUrls": [1]]),
                ] as [(String, JSON)] {
                    let refusal = try await message {
                        try await admin.send(.put, "applications", id, "redirects", body: body)
                    }
                    #expect(!refusal.hasPrefix("no failure"), "\(body.text)")
                }
                let absent = try await message { try await admin.send(.get, "applications", "none") }
                #expect(absent == "no application has this id")
                #expect(try await admin.send(.get, "applications", "web") == set)

                let empty: JSON = ["redirectUrls": []]
                let none = try await admin.send(.put, "applications", "web", "redirects", body: empty)
                #expect(none["redirectUrls"] == [])
            }
        }
    }

    @Test("The outbox shows what waits, newest first, and is emptied; the code stays good")
    func outbox() async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            let verification = server.switchyard.verification
            for purpose in [CodePurpose.resetPassword, .deleteAccount] {
                try await verification.sendCode(
                    CodeRequest(purpose: purpose, destination: ann.account.identifier, address: "192.0.2.1")
                )
            }
            server.clocks.advance(by: .seconds(600))
            try await AdminClient.with(server.dataDirectory) { admin in
                let messages = try await admin.send(.get, "outbox")["messages"]?.arrayValue ?? []
                _ = try await admin.send(.delete, "outbox")

                #expect(messages.map { $0["purpose"] } == ["deleteAccount", "resetPassword"])
                #expect(messages.allSatisfy { $0["to"] == "ann@example.org" && $0["expired"] == true })
                #expect(messages.allSatisfy { $0["code"]?.stringValue?.count == 6 })
                #expect(try await admin.send(.get, "outbox") == ["messages": []])
            }
        }
    }

    @Test(
        "Requests that are not well formed are refused and change nothing",
        arguments: [
            ("applications", #"{}"#), ("applications", #"{"name":1}"#), ("applications", #"{"name":"x","more":1}"#),
            ("applications", #"["name"]"#), ("applications", #"{"name":"x","id":"with space"}"#),
            ("accounts", #"{"identifier":"nobody","password":"correct-horse"}"#),
            ("accounts", #"{"identifier":"a@b.org","password":"short"}"#),
            ("accounts", #"{"identifier":"a@b.org","password":"correct-horse","region":"mars"}"#),
            ("devices", #"{"id":"1000a1b2c3","apikey":"K"}"#),
            ("devices", #"{"id":"1000a1b2c3","apikey":"K","account":"no@body.org"}"#),
            ("devices", #"{"id":"1000a1b2c3","apikey":"K","account":"ann@example.org","uiid":0}"#),
            ("devices", #"{"id":"1000a1b2c3","apikey":"K","account":"ann@example.org","uiid":"1"}"#),
            ("unclaimed", #"{}"#), ("unclaimed", #"{"devices":[]}"#), ("unclaimed", #"{"devices":["1"]}"#),
            ("unclaimed", #"{"devices":[{"id":"1"}]}"#), ("unclaimed", #"{"devices":[{"apikey":"K"}]}"#),
            ("unclaimed", #"{"devices":[{"id":"1","apikey":"K"},{"id":"1","apikey":"K"}]}"#),
            ("unclaimed", #"{"devices":[{"id":"1","apikey":"K"},{"id":"2","apikey":"K","uiid":0}]}"#),
            ("unclaimed", #"{"devices":[{"id":"1","apikey":"K","more":1}]}"#),
        ]
    )
    func refusals(path: String, body: String) async throws {
        try await withTestServer { server in
            _ = try await server.makeAccount()
            try await AdminClient.with(server.dataDirectory) { admin in
                let before = try await admin.send(.get, path)

                let refusal = try await message { try await admin.send(.post, path, body: try JSON(parsing: body)) }

                #expect(!refusal.hasPrefix("no failure"), "\(refusal)")
                #expect(try await admin.send(.get, path) == before)
            }
        }
    }

    @Test("Unknown things and paths are refused with a word for people")
    func unknown() async throws {
        try await withTestServer { server in
            try await AdminClient.with(server.dataDirectory) { admin in
                let body: JSON = ["params": ["switch": "on"]]
                let missing = try await message {
                    try await admin.send(.post, "devices", "none", "control", body: body)
                }
                let session = try await message { try await admin.send(.delete, "sessions", "7") }
                let path = try await message { try await admin.send(.get, "nonsense") }

                #expect(missing == "no device has this id")
                #expect(session == "no session has this number")
                #expect(!path.hasPrefix("no failure"))
                // Nothing of the other listeners is here.
                let elsewhere = [
                    try await message { try await admin.send(.get, "api", "user", "device") },
                    try await message { try await admin.send(.get, "v2", "family") },
                    try await message { try await admin.send(.post, "dispatch", "device", body: [:]) },
                    try await message { try await admin.send(.get, "metrics") },
                ]
                #expect(Set(elsewhere) == [path])
            }
        }
    }
}
