import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import SwitchyardTransport
import TestSupport
import Testing

@testable import SwitchyardAPI

@Suite("/dispatch")
struct DispatchRoutesTests {
    @Test("An app gets the hub in the documents' order; a requestid follows when ts and nonce were sent")
    func app() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")
            let port = rig.server.publicPort
            let hub = #"{"port":\#(port),"IP":"127.0.0.1","reason":"ok","domain":"localhost","error":0"#

            let plain = try await rig.send(.post("/dispatch/app", token: user.token, text: nil))
            let full = try await rig.send(
                .post(
                    "/dispatch/app",
                    token: user.token,
                    ["accept": "mqtt,ws", "appid": "x", "ts": 1_700_000_150, "version": 8, "nonce": "c6c6c6c6"]
                )
            )
            let byGet = try await rig.send(
                APIRequest.get("/dispatch/app").adding("Authorization", "Token \(user.token)")
            )

            #expect(plain.text == hub + "}")
            #expect(full.text == hub + #","requestid":"1700000150-c6c6c6c6"}"#)
            #expect(byGet.text == hub + "}")
        }
    }

    @Test("A missing token is 401, an expired one 402, an unknown one 401: dispatch has no 406")
    func appErrors() async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            let user = try await rig.makeUser("ann@example.org")

            let missing = try await rig.send(.post("/dispatch/app", text: nil))
            let empty = try await rig.send(APIRequest.get("/dispatch/app").adding("Authorization", "Bearer "))
            let unknown = try await rig.send(.post("/dispatch/app", token: "no", text: nil))
            rig.clocks.advance(by: .days(30))
            let expired = try await rig.send(.get("/dispatch/app", token: user.token))

            #expect(missing.text == #"{"error":401,"reason":"access token is missing"}"#)
            #expect(empty.error == 401)
            #expect(unknown.error == 401)
            #expect(expired.text == #"{"error":402,"reason":"access token expired"}"#)
        }
    }

    @Test("A GET of an app needs no token")
    func appWithoutToken() async throws {
        try await withAPI { rig in
            let answer = try await rig.send(.get("/dispatch/app"))

            #expect(answer.keys == ["port", "IP", "reason", "domain", "error"])
            #expect(answer["reason"] == "ok")
        }
    }

    @Test(
        "A device gets exactly four members, short, with the port of the listener it came through",
        arguments: TestListener.allCases
    )
    func device(listener: TestListener) async throws {
        try await withAPI(listeners: [.device, .plain]) { rig in
            let port = try rig.server.address(of: listener).port
            let body: JSON = [
                "accept": "ws;2", "version": 2, "ts": 933, "deviceid": "1000a1b2c3",
                "apikey": "d0d0d0d0-1111-4222-8333-444455550001", "model": "ITA-GZ1-GL", "romVersion": "1.5.5",
            ]
            let requests = [
                APIRequest.post("/dispatch/device", body), .get("/dispatch/device?x=1"), .get("/dispatch/deviceSimple"),
            ]

            for request in requests {
                let answer = try await rig.send(request.through(listener))
                #expect(answer.text == #"{"error":0,"reason":"ok","IP":"127.0.0.1","port":\#(port)}"#)
                #expect(answer.headers["content-length"] == String(answer.text.utf8.count))
                #expect(answer.headers["transfer-encoding"] == nil)
            }
        }
    }

    @Test("What is advertised is told to apps and devices, over the listener it is set for")
    func advertised() async throws {
        try await withAPI(
            listeners: [.plain],
            configuring: {
                $0.listeners.publicTLS.advertised.ipv4 = "198.51.100.7"
                $0.listeners.publicTLS.advertised.domain = "cloud.example.org"
                $0.listeners.publicTLS.advertised.port = 443
            },
            { rig in
                try await rig.makeApplication()
                let user = try await rig.makeUser("ann@example.org")

                let app = try await rig.send(.get("/dispatch/app", token: user.token))
                let device = try await rig.send(.get("/dispatch/device"))
                let plain = try await rig.send(APIRequest.get("/dispatch/device").through(.plain))

                #expect(app["IP"] == "198.51.100.7")
                #expect(app["domain"] == "cloud.example.org")
                #expect(app["port"] == 443)
                #expect(device.text == #"{"error":0,"reason":"ok","IP":"198.51.100.7","port":443}"#)
                #expect(plain["port"]?.intValue == rig.server.plainPort)
                #expect(plain["IP"] == "127.0.0.1")
            }
        )
    }

    @Test("A device that sends no JSON is told so with all four members", arguments: ["", "{", "[]", "no"])
    func malformedDevice(body: String) async throws {
        try await withAPI { rig in
            let answer = try await rig.send(.post("/dispatch/device", text: body))

            #expect(answer.text == #"{"error":400,"reason":"bad request","IP":"","port":0}"#)
        }
    }

    @Test("A configured path answers a bodyless GET as /dispatch/device does, below 128 bytes, whatever its query")
    func configuredPath() async throws {
        let paths = ["/iot/dispatch", "/x"].compactMap { DispatchPath($0) }
        try await withAPI(.with(\.simpleDispatchPaths, paths + paths)) { rig in
            let usual = try await rig.send(.get("/dispatch/device"))

            for target in ["/dispatch/deviceSimple", "/iot/dispatch", "/x?deviceid=1000a1b2c3&a=/"] {
                let answer = try await rig.send(.get(target))
                #expect(answer.status == 200)
                #expect(answer.text == usual.text)
                #expect(answer.text.utf8.count < 128)
                #expect(Set(answer.keys) == ["port", "reason", "IP", "error"])
            }
            #expect(try await rig.send(.get("/iot")).status == 404)
            #expect(try await rig.send(.get("/dispatch/app"))["domain"] != nil)
        }
    }

    @Test("Apps get the public listener, except those on the plain one; what is advertised goes first")
    func directory() {
        let advised = DispatchDirectory(
            advice: [.public: DispatchAdvice(ipv4: "198.51.100.7", domain: "cloud.example.org", port: 443)],
            certificateName: "hub.example.org"
        )
        func connection(_ listener: ListenerKind, _ address: String = "192.0.2.2") -> ConnectionInfo {
            ConnectionInfo(listener: listener, localAddress: address, localPort: 1, peerAddress: "", peerPort: 0)
        }

        let advisedHub = DispatchDirectory.Hub(ipv4: "198.51.100.7", domain: "cloud.example.org", port: 443)
        #expect(advised.hubForApps(connection(.public)) == advisedHub)
        #expect(advised.hubForApps(connection(.device)) == advisedHub)
        #expect(advised.hubForDevices(connection(.public)) == advisedHub)
        #expect(advised.hubForApps(connection(.plain)).port == 1)
        #expect(advised.hubForDevices(connection(.device)).port == 1)
        #expect(advised.hubForDevices(connection(.device)).ipv4 == "192.0.2.2")
        #expect(DispatchDirectory().hubForApps(connection(.public)).domain == "192.0.2.2")
    }

    @Test(
        "An address is always dotted IPv4 of at most 15 characters",
        arguments: [
            ("::ffff:192.0.2.9", "192.0.2.9"), ("::1", "127.0.0.1"), ("", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"),
        ]
    )
    func addresses(local: String, expected: String) {
        let connection = ConnectionInfo(
            listener: .public,
            localAddress: local,
            localPort: 1,
            peerAddress: "",
            peerPort: 0
        )

        #expect(DispatchDirectory().hubForDevices(connection).ipv4 == expected)
    }

    @Test("A client that came over IPv6 is given an IPv4 address of this machine")
    func ipv6() throws {
        let connection = ConnectionInfo(
            listener: .public,
            localAddress: "2001:db8::1",
            localPort: 1,
            peerAddress: "",
            peerPort: 0
        )

        let address = DispatchDirectory().hubForDevices(connection).ipv4

        #expect(address.wholeMatch(of: /[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/) != nil)
    }
}
