import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import Synchronization
import Testing

@Suite struct SimulatedAppTests {
    private static let credentials = AppCredentials(
        appID: AppID(unchecked: "McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr"),
        appSecret: "OdPuCZ4PkPPi0rVKRVcGmll2NM6vVk0c",
        account: "ann@example.org",
        password: "correct-horse"
    )
    private static let device = DeviceID(unchecked: "1000a1b2c3")

    private func withApp(
        _ cloud: ScriptedCloud = ScriptedCloud(),
        credentials: AppCredentials = Self.credentials,
        _ body: (SimulatedApp) async throws -> Void
    ) async throws {
        try await cloud.serve { address in
            try await withSimulatedApp(server: address, trust: .system, credentials: credentials) { app in
                try await body(app)
            }
        }
    }

    @Test("The six steps lead from the password to a switched device")
    func sixSteps() async throws {
        try await withApp { app in
            let session = try await app.logIn()
            let devices = try await app.devices()
            let hub = try await app.dispatch()
            try await app.connect()
            let handshake = try await app.handshake()
            let answer = try await app.update(Self.device, params: ["switch": "on"])

            #expect(session.apiKey.rawValue == DeviceRig.owner)
            #expect(devices.map { $0["deviceid"] } == ["1000a1b2c3"])
            #expect(hub.host == "127.0.0.1" && hub.port == app.server.port)
            #expect(handshake["config"]?["hbInterval"] == 145)
            #expect(answer["error"] == 0)
        }
    }

    @Test("An answer is found by its sequence, pushes and strangers' answers stay for who asks")
    func correlation() async throws {
        try await withApp { app in
            try await app.start()
            _ = try await app.update(Self.device, params: ["switch": "on"])

            let push = try await app.nextPush { $0["deviceid"] == "1000a1b2c3" }
            let stranger = try await app.nextAnswer { $0["sequence"] == "other" }

            #expect(push["from"] == "device")
            #expect(stranger["error"] == 503)
            #expect(try app.drainArrivals().isEmpty)
        }
    }

    @Test("Updates at the same time get an answer each")
    func concurrency() async throws {
        try await withApp { app in
            try await app.start()

            let sequences = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await app.update(Self.device, params: ["switch": "on"])["sequence"]?.stringValue
                    }
                }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }

            #expect(sequences.count == 20)
        }
    }

    @Test("A query and a ping are answered")
    func queryAndPing() async throws {
        try await withApp { app in
            try await app.start()

            let answer = try await app.query(Self.device, names: ["switch"])
            try await app.ping()

            #expect(answer["params"] == ["switch": "on"])
        }
    }

    @Test("A wrong password is refused with the server's number")
    func wrongPassword() async throws {
        var credentials = Self.credentials
        credentials.password = "wrong"
        try await withApp(credentials: credentials) { app in
            _ = await #expect(
                throws: SimulatorError(.refused, "log-in was refused with error 401: wrong password", number: 401)
            ) { try await app.logIn() }
        }
    }

    @Test("Steps out of order say what is missing")
    func order() async throws {
        try await withApp { app in
            for step in [
                { _ = try await app.devices() }, { _ = try await app.dispatch() }, { try await app.connect() },
                { _ = try await app.handshake() }, { _ = try await app.nextPush() },
            ] as [() async throws -> Void] {
                _ = await #expect(throws: SimulatorError.self) { try await step() }
            }
        }
    }

    @Test("The log-in is signed over its exact body, with the general parameters in it")
    func signature() async throws {
        let cloud = ScriptedCloud()
        try await withApp(cloud) { app in
            try await app.logIn()

            let request = try #require(cloud.state.withLock { $0.requests.first })
            let body = try object(request.body)
            let signature = RequestSignature.sign(request.body.utf8, secret: Self.credentials.appSecret)
            #expect(request.headers["Authorization"] == ["Sign \(signature)"])
            #expect(request.headers["Content-Type"] == ["application/json"])
            #expect(Set(body.keys) == ["appid", "nonce", "ts", "version", "email", "password"])
            #expect(body["email"] == "ann@example.org")
        }
    }

    @Test("A phone number goes by its own name")
    func phoneNumber() async throws {
        let cloud = ScriptedCloud()
        var credentials = Self.credentials
        credentials.account = "+8613123456789"
        try await withApp(cloud, credentials: credentials) { app in
            try await app.logIn()

            let request = try #require(cloud.state.withLock { $0.requests.first })
            #expect(try object(request.body)["phoneNumber"] == "+8613123456789")
        }
    }

    @Test("A GET is signed over its sorted, decoded query, and sent percent-encoded")
    func signedQuery() async throws {
        let cloud = ScriptedCloud()
        try await withApp(cloud) { app in
            let reply = try await app.call(.GET, "/api/user/region", .sign, query: [("country_code", "+86")])

            let request = try #require(cloud.state.withLock { $0.requests.first })
            let query = try #require(request.uri.split(separator: "?").last)
            #expect(query.hasPrefix("country_code=%2B86&appid=McFJj4Noke1mGDZCR1QarGW7P9Ycp0Vr&nonce="))
            let header = try #require(request.headers.first(name: "Authorization"))
            #expect(
                RequestSignature.verify(
                    String(header.dropFirst("Sign ".count)),
                    query: String(query),
                    secret: Self.credentials.appSecret,
                    strict: true
                )
            )
            #expect(reply.status == 200)
            #expect(reply.error == 404)
        }
    }

    @Test("A handshake that is refused says so")
    func refusedHandshake() async throws {
        try await withApp { app in
            try await app.logIn()
            try await app.connect(to: app.server)
            try await app.send(#"{"action":"userOnline","at":"stale","sequence":"7"}"#)

            #expect(try await app.nextAnswer { $0["sequence"] == "7" }["error"] == 406)
        }
    }
}
