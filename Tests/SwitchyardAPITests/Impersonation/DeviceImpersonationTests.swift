import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Everybody who might pretend to be a device over HTTP, or the operator.
@Suite("Impersonation of devices over HTTP, and of the operator", .timeLimit(.minutes(5)))
struct DeviceImpersonationTests {
    private static let unknownKey = "cccc0000-bbbb-4ccc-8ddd-eeee22220009"

    /// Whose key somebody has who is not the device.
    private func wrongKeys(in world: ImpersonationWorld) -> [(name: String, key: String)] {
        [
            ("wrong key", Self.unknownKey), ("another device's key", world.stranger.deviceKey),
            ("her apikey", world.victim.account.apiKey.rawValue), ("her at", world.victim.tokens.accessToken),
            ("an application's secret", TLSRig.secret), ("the deviceid", world.victim.objects.names["device"] ?? ""),
        ]
    }

    private func device(of person: ImpersonationWorld.Person) -> String { person.objects.names["device"] ?? "" }

    @Test("Every operation that asks for neither token nor signature of an application is tried here")
    func isComplete() throws {
        // The page of authorization has its own test; its style sheet is everybody's.
        let tried: Set = [
            "POST /api/user/device/update", "POST /dispatch/device", "GET /dispatch/device",
            "GET /dispatch/deviceSimple",
            "GET /ota/rom/{key}/{file}", "HEAD /ota/rom/{key}/{file}", "GET /oauth/index.html",
            "POST /oauth/index.html",
            "GET /oauth/style.css",
        ]
        for version in OpenAPIDocument.Version.allCases {
            for operation in try DocumentedOperation.all(of: version)
            where operation.security != "bearer" && operation.security != "sign" {
                #expect(tried.contains(operation.description), "\(operation)")
            }
        }
    }

    @Test("A report that the sensor's own key has not signed is refused and changes nothing")
    func reports() async throws {
        try await withImpersonation { scene in
            let (rig, world) = (scene.rig, scene.world)
            let id = device(of: world.victim)
            func report(_ id: String, _ signature: String?) -> APIRequest {
                let text = #"{"deviceid":"\#(id)","d_seq":"1570000000","params":{"switch":"on"}}"#
                return APIRequest.post("/api/user/device/update", text: text).authorized(signature)
            }
            func signature(_ key: String, of signed: String) -> String {
                let (key, id) = (APIKey(unchecked: key), DeviceID(unchecked: signed))
                return "Sign " + DeviceDigest.sensorReport(apiKey: key, deviceID: id, deviceSequence: "1570000000")
            }
            let before = try await StoreContents(of: rig.store)
            var headers: [(name: String, value: String?)] = [
                ("no key", nil), ("her at as a token", "Bearer \(world.victim.tokens.accessToken)"),
                ("another device's report", signature(world.stranger.deviceKey, of: device(of: world.stranger))),
                ("her key for another device", signature(world.victim.deviceKey, of: device(of: world.stranger))),
            ]
            headers += wrongKeys(in: world).map { ($0.name, signature($0.key, of: id)) }

            for (name, value) in headers {
                let (answer, statements) = try await scene.statements.during { try await rig.send(report(id, value)) }
                #expect(answer.error == 401, "\(name): \(answer.text)")
                #expect(statements.isEmpty, "\(name)")
            }
            // What is behind her gateway reports through it alone: it is as if it did not exist.
            let absent = ["a480c0c0c0", ImpersonationWorld.subDevice].map {
                report($0, signature(world.victim.deviceKey, of: $0))
            }
            let answers = [try await rig.send(absent[0]), try await rig.send(absent[1])]
            #expect(answers.map(\.error) == [404, 404])
            #expect(answers[0].text == answers[1].text)

            try await scene.expectUndisturbed(since: before)
            #expect(try await rig.send(report(id, signature(world.victim.deviceKey, of: id))).error == 0)
            print("impersonation, reports of sensors: \(headers.count + 2) cells, 0 allowed")
        }
    }

    @Test("A firmware goes to the devices it is for: all others hear the same, and learn not which devices there are")
    func downloads() async throws {
        let change: @Sendable (inout ServerConfiguration) -> Void = { $0.listeners.ota.isEnabled = true }
        try await withImpersonation(configuring: change) { scene in
            let (rig, world) = (scene.rig, scene.world)
            let firmware = try await TestFirmware(in: rig)
            let foreign = try await TestFirmware(model: "OTHER", in: rig)
            let (id, key) = (device(of: world.victim), world.victim.deviceKey)
            var requests: [(name: String, request: APIRequest)] = [
                ("no key", firmware.request(query: "")), ("her id alone", firmware.request(query: "deviceid=\(id)")),
                ("an unknown device", firmware.request(query: TestFirmware.query("1000c0c0c0", key: key))),
                ("her sub-device", firmware.request(query: TestFirmware.query(ImpersonationWorld.subDevice, key: key))),
                ("her at", firmware.request(query: "").authorized("Bearer \(world.victim.tokens.accessToken)")),
                ("another firmware", foreign.request(query: TestFirmware.query(id, key: key))),
                (
                    "another device's signature",
                    firmware.request(
                        query: TestFirmware.query(device(of: world.stranger), key: world.stranger.deviceKey)
                            .replacing(device(of: world.stranger), with: id)
                    )
                ),
            ]
            requests += wrongKeys(in: world).map {
                ($0.name, firmware.request(query: TestFirmware.query(id, key: $0.key)))
            }
            var texts: Set<String> = []

            for (name, request) in requests {
                for listener in [TestListener.ota, .public] {
                    let (answer, statements) = try await scene.statements.during {
                        try await rig.send(request.through(listener))
                    }
                    #expect(answer.status == 403, "\(name): \(answer.text.prefix(200))")
                    #expect(statements.isEmpty, "\(name)")
                    texts.insert(answer.text)
                }
            }

            #expect(texts.count == 1)
            try await scene.expectUndisturbed()
            #expect(try await rig.send(firmware.request(query: TestFirmware.query(id, key: key))).status == 200)
            print("impersonation, downloads: \(requests.count * 2) cells, 0 allowed")
        }
    }

    @Test(
        "At dispatch nobody learns whether there is a device, or whether its key is right, and nobody teaches it anything"
    )
    func dispatch() async throws {
        try await withImpersonation { scene in
            let (rig, world) = (scene.rig, scene.world)
            let before = try await StoreContents(of: rig.store)
            let keys = wrongKeys(in: world).map(\.key) + ["", world.victim.deviceKey]
            var texts: Set<String> = []

            for id in [device(of: world.victim), ImpersonationWorld.subDevice, "1000c0c0c0"] {
                for key in keys {
                    let body =
                        #"{"accept":"ws;2","version":2,"ts":933,"deviceid":"\#(id)","apikey":"\#(key)","model":"X"}"#
                    let request = APIRequest.post("/dispatch/device", text: body)
                    let (answer, statements) = try await scene.statements.during { try await rig.send(request) }
                    texts.insert(answer.text)
                    #expect(statements.isEmpty, "\(id) \(key)")
                }
                for path in ["/dispatch/device", "/dispatch/deviceSimple"] {
                    texts.insert(try await rig.send(.get("\(path)?deviceid=\(id)")).text)
                }
            }

            #expect(texts.count == 1, "\(texts)")
            try await scene.expectUndisturbed(since: before)
            print("impersonation, dispatch of devices: \(3 * (keys.count + 2)) cells, 0 told apart")
        }
    }

    @Test("What the operator asks over the admin socket exists on no listener")
    func operatorOfServer() async throws {
        let change: @Sendable (inout ServerConfiguration) -> Void = { $0.listeners.ota.isEnabled = true }
        try await withImpersonation(listeners: [.device, .plain], configuring: change) { scene in
            let (rig, victim) = (scene.rig, scene.world.victim)
            let before = try await StoreContents(of: rig.store)
            let values = [
                "{id}": device(of: victim), "{account}": victim.account.id.description, "{model}": "PSF-B01-GL",
                "{version}": "3.3.0", "{number}": "1",
            ]
            let operations = try OpenAPIDocument(file: "admin.yaml").operations
            var cells = 0

            for (path, method, _) in operations {
                var target = path
                for (name, value) in values { target = target.replacing(name, with: value) }
                #expect(!target.contains("{"), "\(target)")
                for listener in TestListener.allCases + [.ota] {
                    func answer(_ target: String) async throws -> APIAnswer {
                        var request = APIRequest(method: method, target: target, token: victim.tokens.accessToken)
                        request.body = method == "GET" ? nil : "{}"
                        return try await rig.send(request.through(listener))
                    }
                    let (asked, absent) = (try await answer(target), try await answer("/nowhere"))
                    #expect(asked.status == 404, "\(method) \(target) on \(listener): \(asked.text)")
                    #expect(asked.text == absent.text, "\(method) \(target) on \(listener)")
                    cells += 1
                }
            }

            #expect(operations.count > 30)
            try await scene.expectUndisturbed(since: before)
            print("impersonation, the operator: \(cells) cells, 0 allowed")
        }
    }
}
