import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// The listeners that are there for one thing: nobody gets at anything else by them, whoever he is.
@Suite("What stands behind the listeners for metrics and for downloads", .timeLimit(.minutes(5)))
struct ListenerImpersonationTests {
    /// What stands in the place of the parameters of paths.
    private static func filled(_ path: String, _ scene: ImpersonationScene) -> String {
        let victim = scene.world.victim
        let values = [
            "{id}": victim.objects.names["device"] ?? "", "{deviceid}": victim.objects.names["device"] ?? "",
            "{account}": victim.account.id.description, "{model}": "PSF-B01-GL", "{version}": "3.3.0", "{number}": "1",
            "{key}": String(repeating: "0", count: 32), "{file}": "user1.bin",
        ]
        return values.reduce(path) { $0.replacing($1.key, with: $1.value) }
    }

    /// Everything that is asked of the operator's socket or of a public listener.
    private static func operations() throws -> [(method: String, path: String)] {
        var operations = try OpenAPIDocument(file: "admin.yaml").operations.map { ($0.method, $0.path) }
        for version in OpenAPIDocument.Version.allCases {
            operations += try OpenAPIDocument(version).operations.map { ($0.method, $0.path) }
        }
        return operations + ["/", "/api/ws", "/v2", "/admin"].map { ("GET", $0) }
    }

    private static func switchOn(_ configuration: inout ServerConfiguration) {
        configuration.listeners.ota.isEnabled = true
        configuration.listeners.metrics.isEnabled = true
        configuration.listeners.metrics.port = 0
    }

    @Test("No operation of the API or of the operator is to be had by them, with any credential or none")
    func operations() async throws {
        try await withImpersonation(configuring: Self.switchOn) { scene in
            let victim = scene.world.victim
            let before = try await StoreContents(of: scene.rig.store)
            let operations = try Self.operations()
            let credentials: [(name: String, header: String?)] = [
                ("none", nil), ("her at", "Bearer \(victim.tokens.accessToken)"),
                ("an application's secret", "Sign \(TLSRig.secret)"), ("her apikey", "Bearer \(victim.account.apiKey)"),
            ]
            var cells = 0

            for (method, path) in operations {
                let target = Self.filled(path, scene)
                #expect(!target.contains("{"), "\(target)")
                for listener in [TestListener.metrics, .ota] where listener == .metrics || !path.hasPrefix("/ota/rom") {
                    for credential in credentials {
                        let label = Comment("\(method) \(target) on \(listener) with \(credential.name)")
                        let (asked, statements) = try await scene.statements.during {
                            try await send(method, target, credential.header, through: listener, in: scene)
                        }
                        let absent = try await send(method, "/nowhere", nil, through: listener, in: scene)
                        #expect(asked.status == 404, "\(label): \(asked.text)")
                        #expect(asked.text == absent.text, label)
                        #expect(statements.isEmpty, label)
                        cells += 1
                    }
                }
            }

            #expect(operations.count > 100)
            try await scene.expectUndisturbed(since: before)
            print("impersonation, listeners for metrics and downloads: \(cells) cells, 0 allowed")
        }
    }

    private func send(
        _ method: String,
        _ target: String,
        _ authorization: String?,
        through listener: TestListener,
        in scene: ImpersonationScene
    ) async throws -> APIAnswer {
        var request = APIRequest(method: method, target: target).authorized(authorization)
        if method != "GET" && method != "HEAD" { request.body = "{}" }
        return try await scene.rig.send(request.through(listener))
    }

    @Test("Neither takes a WebSocket")
    func sockets() async throws {
        try await withImpersonation(configuring: Self.switchOn) { scene in
            for listener in [TestListener.metrics, .ota] {
                for path in ["/api/ws", "/metrics", "/"] {
                    let upgrade = APIRequest.get(path).adding("Connection", "Upgrade").adding("Upgrade", "websocket")
                        .adding("Sec-WebSocket-Version", "13").adding("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA==")
                        .through(listener)

                    let answer = try await scene.rig.send(upgrade)

                    #expect(answer.status != 101, "\(path) on \(listener)")
                    #expect(answer.headers["sec-websocket-accept"] == nil, "\(path) on \(listener)")
                }
            }
        }
    }

    @Test("The metrics name nobody and nothing, to whoever asks, and are read alone")
    func metrics() async throws {
        try await withImpersonation(configuring: Self.switchOn) { scene in
            let (world, victim) = (scene.world, scene.world.victim)
            let names = world.allSecrets + victim.objects.names.values + [ImpersonationWorld.subDevice, TLSRig.appID]

            for path in ["/metrics", "/healthz", "/readyz"] {
                for header in [nil, "Bearer \(victim.tokens.accessToken)"] {
                    let answer = try await send("GET", path, header, through: .metrics, in: scene)
                    #expect(answer.status == 200, "\(path)")
                    for name in names { #expect(!answer.text.contains(name), "\(path) tells \(name)") }
                }
                for method in ["POST", "PUT", "DELETE", "PATCH"] {
                    let answer = try await send(method, path, nil, through: .metrics, in: scene)
                    #expect([404, 405].contains(answer.status) && answer.text.utf8.count < 100, "\(method) \(path)")
                }
                for listener in [TestListener.public, .ota] {
                    #expect(try await send("GET", path, nil, through: listener, in: scene).status == 404, "\(path)")
                }
            }
        }
    }
}
