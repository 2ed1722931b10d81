import CoolkitWire
import SwitchyardCore
import SwitchyardSimulator
import TestSupport
import Testing

/// The API and the hub together, each call and each device over TLS.
@Suite("HTTP while devices and apps are connected")
struct LiveDeviceTests {
    /// The `online` of each device in the list.
    private static func flags(_ rig: TLSRig, _ token: String) async throws -> [String: Bool] {
        let list = try await rig.send(.get("/api/user/device", token: token)).json.arrayValue ?? []
        return Dictionary(
            uniqueKeysWithValues: list.map { ($0["deviceid"]?.stringValue ?? "", $0["online"]?.boolValue ?? false) }
        )
    }

    @Test("The list shows who is online; a device that has left is offline after its grace")
    func onlineFlags() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            for id in ["1000000001", "1000000002"] { try await rig.addDevice(id, to: user.account) }
            #expect(try await Self.flags(rig, user.token) == ["1000000001": false, "1000000002": false])

            let device = try await TestPeer.device("1000000002", of: rig)
            #expect(try await Self.flags(rig, user.token) == ["1000000001": false, "1000000002": true])
            device.abort()
            try await eventually("the device is offline") {
                rig.clocks.advance(by: .milliseconds(100))
                return try await Self.flags(rig, user.token)["1000000002"] == false
            }
            let gone = try await rig.send(.get("/api/user/device/1000000002", token: user.token))
            #expect(gone["offlineTime"]?.stringValue != nil)
        }
    }

    @Test("A simulated device dispatches, registers and obeys through each listener", arguments: TestListener.allCases)
    func simulated(listener: TestListener) async throws {
        try await withAPI(listeners: [.device, .plain]) { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let id = try #require(DeviceID("1000a1b2c3"))
            let key = try #require(APIKey(TLSRig.deviceKey))
            let address = try rig.server.address(of: listener)
            let trust: ServerTrust =
                listener == .public ? .authorities(file: rig.server.authorityFile) : .anybody

            try await DeviceNetwork.with(server: address, trust: trust) { network in
                var identity = SimulatedDeviceIdentity(deviceID: id, factoryKey: key)
                identity.chipID = "00a1b2c3"
                let device = SimulatedDevice(identity, network: network)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { _ = await device.run() }
                    try await device.waitUntilOnline()
                    let request = APIRequest.post(
                        "/api/user/device/status",
                        token: user.token,
                        ["deviceid": "1000a1b2c3", "params": ["switch": "on"]]
                    )
                    let answer = try await rig.send(request)
                    #expect(answer.error == 0)
                    #expect(device.params["switch"] == "on")
                    let status = try await rig.send(
                        .get("/api/user/device/status?deviceid=1000a1b2c3&params=switch", token: user.token)
                    )
                    #expect(status["params"] == ["switch": "on"])
                    tasks.cancelAll()
                }
            }
        }
    }

    @Test("Deleting a device ends its session, and its next registers are refused with 415")
    func delete() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let device = try await TestPeer.device(of: rig)

            #expect(try await rig.send(.delete("/api/user/device/1000a1b2c3", token: user.token)).error == 0)
            #expect(try await device.closeCode() == 1_008)

            for _ in 0..<2 {
                let again = try await TestPeer.registering(with: rig)
                #expect(try JSON(parsing: try await again.nextText())["error"] == 415)
                again.abort()
            }
            #expect(try await Self.flags(rig, user.token).isEmpty)
            #expect(try await rig.send(.get("/api/user/device/1000a1b2c3", token: user.token)).error == 404)
        }
    }

    @Test("A device whose register waits is answered when device/add has added it, and is online in its answer's list")
    func addWhileHeld() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let device = try await TestPeer.registering(with: rig)
            defer { device.abort() }
            // Frames are read in order: when the pong is here, the register is held.
            try await device.ping()
            while try await device.next() != .pong {}
            #expect(device.arrived() == nil)

            let answer = try await rig.send(
                .post(
                    "/api/user/device/add",
                    token: user.token,
                    ["deviceid": "1000a1b2c3", "apikey": .string(TLSRig.deviceKey), "name": "Hall lamp"]
                )
            )
            let registered = try JSON(parsing: try await device.nextText())

            #expect(answer.error == 0)
            #expect(registered["error"] == 0)
            #expect(registered["apikey"]?.stringValue == user.account.apiKey.rawValue)
            #expect(try await Self.flags(rig, user.token) == ["1000a1b2c3": true])
        }
    }

    @Test("A log-in elsewhere ends the older token for HTTP at once and its socket with its next message")
    func loginElsewhere() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: account)
            let login = TLSRig.login(["email": "ann@example.org", "password": .string(TLSRig.password)])
            let first = try await rig.send(login)
            let token = try #require(first["at"]?.stringValue)
            #expect(first["user"]?["online"] == false)
            let apiKey = account.apiKey.rawValue
            let app = try await TestPeer.app(of: rig, apiKey: apiKey, token: token)

            let second = try await rig.send(login)

            #expect(second["user"]?["online"] == true)
            #expect(try await rig.send(.get("/api/user/device", token: token)).error == 401)
            try await app.send(
                #"{"action":"query","deviceid":"1000a1b2c3","apikey":"\#(apiKey)","sequence":"2","params":[]}"#
            )
            #expect(try await app.nextText() == #"{"error":406,"reason":"Authentication Failed"}"#)
            #expect(try await app.closeCode() == 1_008)
            let newToken = try #require(second["at"]?.stringValue)
            #expect(try await rig.send(.get("/api/user/device", token: newToken)).error == nil)
        }
    }

    @Test("A refresh over HTTP moves the socket to the new token: it goes on, and ends with that")
    func refreshMovesSocket() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let account = try await rig.makeAccount("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: account)
            let login = TLSRig.login(["email": "ann@example.org", "password": .string(TLSRig.password)])
            let tokens = try await rig.send(login)
            let (access, refresh) = (tokens["at"]?.stringValue ?? "", tokens["rt"]?.stringValue ?? "")
            let apiKey = account.apiKey.rawValue
            let app = try await TestPeer.app(of: rig, apiKey: apiKey, token: access)
            func query(_ sequence: Int) async throws -> JSON {
                try await app.send(
                    """
                    {"action":"query","deviceid":"1000a1b2c3","apikey":"\(apiKey)","sequence":"\(sequence)","params":[]}
                    """
                )
                return try JSON(parsing: try await app.nextText())
            }

            let refreshed = try await rig.send(
                APIRequest.get("/api/user/refresh?rt=\(refresh)&appid=\(TLSRig.appID)").signed(TLSRig.secret)
            )

            #expect(refreshed["at"]?.stringValue != access)
            #expect(refreshed["user"]?["online"] == true)
            #expect(try await rig.send(.get("/api/user/device", token: access)).error == 401)
            #expect(try await query(2)["error"] == 0)
            _ = try await rig.send(login)
            #expect(try await query(3)["error"] == 406)
            #expect(try await app.closeCode() == 1_008)
        }
    }

    @Test("An app that is connected hears of a command over HTTP")
    func appHears() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            try await rig.addDevice("1000a1b2c3", to: user.account)
            let device = try await TestPeer.device(of: rig)
            defer { device.abort() }
            let app = try await TestPeer.app(of: rig, apiKey: user.account.apiKey.rawValue, token: user.token)
            defer { app.abort() }
            async let answer = rig.send(
                .post(
                    "/api/user/device/status",
                    token: user.token,
                    ["deviceid": "1000a1b2c3", "params": ["switch": "on"]]
                )
            )
            try await device.answer(try await device.nextText())
            #expect(try await answer.error == 0)
            let heard = try JSON(parsing: try await app.nextText())
            #expect(heard["action"] == "update")
            #expect(heard["params"] == ["switch": "on"])
        }
    }
}
