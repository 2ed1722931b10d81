import CoolkitWire
import Foundation
import SwitchyardServer
import Synchronization
import TestSupport
import Testing

@testable import switchyard

/// The devices of the admin interface, as the commands use it.
@Suite
struct AdminDeviceTests {
    private static let deviceBody: JSON = [
        "id": "1000a1b2c3", "apikey": "d0d0d0d0-1111-4222-8333-444455550001", "account": "ann@example.org",
        "name": "Hall lamp", "uiid": 4,
    ]

    @Test("A device is added, listed, shown without its key, and removed")
    func devices() async throws {
        try await withTestServer { server in
            _ = try await server.makeAccount()
            try await AdminClient.with(server.dataDirectory) { admin in
                let added = try await admin.send(.post, "devices", body: Self.deviceBody)
                let listed = try await admin.send(.get, "devices", query: [("account", "ann@example.org")])
                let shown = try await admin.send(.get, "devices", "1000a1b2c3")

                #expect(added == shown)
                #expect(listed == ["devices": [shown]])
                #expect(shown["account"] == "ann@example.org")
                #expect(shown["uiid"] == 4)
                #expect(shown["online"] == false)
                #expect(shown["params"] == [:])
                #expect(!shown.text.contains("d0d0d0d0"))

                // Most of what such a request says would be passed over.
                var again = Self.deviceBody
                again["ackByUpdate"] = true
                let body = again
                let refusal = try await message { try await admin.send(.post, "devices", body: body) }
                #expect(refusal == "the account has this device already; 'device set' changes it")
                #expect(try await admin.send(.get, "devices", "1000a1b2c3") == shown)

                _ = try await admin.send(.delete, "devices", "1000a1b2c3")
                let gone = try await message { try await admin.send(.get, "devices", "1000a1b2c3") }
                #expect(gone == "no device has this id")
            }
        }
    }

    @Test("A device is changed in what is named, and shows all of it")
    func adjusts() async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            try await server.addDevice(to: ann)
            try await AdminClient.with(server.dataDirectory) { admin in
                let app = try await admin.send(.post, "applications", body: ["name": "phone"])["id"] ?? .null
                let body: JSON = [
                    "name": "Porch", "uiid": 4, "ackByUpdate": true, "fullSwitchesArray": true,
                    "settings": ["opsNotify": 1, "opsHistory": false], "addApplications": [app],
                ]

                let changed = try await admin.send(.put, "devices", "1000a1b2c3", body: body)
                let again = try await admin.send(
                    .put,
                    "devices",
                    "1000a1b2c3",
                    body: ["name": .null, "fullSwitchesArray": .null, "removeApplications": [app]]
                )

                #expect(changed["name"] == "Porch")
                #expect(changed["uiid"] == 4)
                #expect(changed["uiidChosen"] == true)
                #expect(changed["ackByUpdate"] == true)
                #expect(changed["fullSwitchesArray"] == true)
                #expect(
                    changed["settings"] == [
                        "opsNotify": 1, "opsHistory": 0, "alarmNotify": 1, "wxAlarmNotify": 0, "wxOpsNotify": 0,
                        "wxDoorbellNotify": 0, "appDoorbellNotify": 1,
                    ]
                )
                #expect(changed["applications"] == [app])
                #expect(changed["tags"] == [:])
                #expect(again["fullSwitchesArray"] == .null)
                #expect(again["applications"] == [])
                #expect(again["name"] == "Porch")
                #expect(try await admin.send(.get, "devices", "1000a1b2c3") == again)
            }
        }
    }

    @Test(
        "A change of a device that is not well formed changes nothing",
        arguments: [
            #"{"name":""}"#, #"{"name":1}"#, #"{"uiid":0}"#, #"{"uiid":100001}"#, #"{"more":1}"#,
            #"{"settings":{"opsNotify":2}}"#, #"{"settings":{"nonsense":1}}"#, #"{"settings":[]}"#,
            #"{"settings":{}}"#, #"{"settings":null}"#, #"{"addApplications":["unknown"]}"#,
            #"{"addApplications":"x"}"#, #"{"addApplications":[1]}"#, #"{"fullSwitchesArray":"auto"}"#,
            #"{"name":"Porch","addApplications":["a b"]}"#,
        ]
    )
    func refusesAdjustments(body: String) async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            try await server.addDevice(to: ann)
            try await AdminClient.with(server.dataDirectory) { admin in
                let before = try await admin.send(.get, "devices", "1000a1b2c3")

                let refusal = try await message {
                    try await admin.send(.put, "devices", "1000a1b2c3", body: try JSON(parsing: body))
                }

                #expect(!refusal.hasPrefix("no failure"), "\(refusal)")
                #expect(try await admin.send(.get, "devices", "1000a1b2c3") == before)
            }
        }
    }

    @Test("A command to a device that is not connected says so")
    func offlineDevice() async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            try await server.addDevice(to: ann)
            try await AdminClient.with(server.dataDirectory) { admin in
                let refusal = try await message {
                    try await admin.send(
                        .post,
                        "devices",
                        "1000a1b2c3",
                        "control",
                        body: ["params": ["switch": "on"]]
                    )
                }

                #expect(refusal == "Device Offline")
            }
        }
    }

    @Test("Watching a device ends when it is removed, after telling so")
    func watch() async throws {
        try await withTestServer { server in
            let ann = try await server.makeAccount()
            try await server.addDevice(to: ann)
            let events = Mutex<[JSON]>([])
            try await AdminClient.with(server.dataDirectory) { admin in
                try await admin.lines("devices", "1000a1b2c3", "events") {
                    // The stream has begun: what happens from here on is seen.
                    _ = try await admin.send(.delete, "devices", "1000a1b2c3")
                } receive: { line in
                    events.withLock { $0.append(line) }
                }
            }

            #expect(events.withLock { $0.map { $0["event"] } } == ["removed"])
            #expect(events.withLock { $0.map { $0["id"] } } == ["1000a1b2c3"])
        }
    }
}
