import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

@Suite(.timeLimit(.minutes(1))) struct ForwardedAddressTests {
    private static func trusting(_ ranges: String...) -> ForwardedAddress {
        ForwardedAddress(trusting: ranges.compactMap { AddressRange($0) })
    }

    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let peer: String
        let fields: [String]
        let client: String?

        init(_ testDescription: String, peer: String = "10.0.0.1", _ fields: [String], _ client: String?) {
            self.testDescription = testDescription
            self.peer = peer
            self.fields = fields
            self.client = client
        }
    }

    @Test(
        "The client is the last address that is no trusted proxy, if the peer is one",
        arguments: [
            Sample("one address", ["192.0.2.7"], "192.0.2.7"),
            Sample("what a client wrote itself", ["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            Sample("two proxies", ["192.0.2.7, 10.9.9.9"], "192.0.2.7"),
            Sample("two fields", ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
            Sample("a port", ["192.0.2.7:4711"], "192.0.2.7"),
            Sample("IPv6", ["2001:db8::1"], "2001:db8::1"),
            Sample("IPv6 with a port", ["[2001:db8::1]:4711"], "2001:db8::1"),
            Sample("proxies only", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            Sample("no field", [], nil),
            Sample("an empty field", [""], nil),
            Sample("no address", ["unknown"], nil),
            Sample("no address behind a proxy", ["unknown, 10.9.9.9"], "10.9.9.9"),
            Sample("a peer that is no proxy", peer: "192.0.2.1", ["192.0.2.7"], nil),
            Sample("a peer without address", peer: "", ["192.0.2.7"], nil),
        ]
    )
    func clients(sample: Sample) {
        #expect(Self.trusting("10.0.0.0/8").client(behind: sample.peer, fields: sample.fields) == sample.client)
    }

    @Test("A request is answered, and limited, by the client's address, each request of a connection for itself")
    func requests() async throws {
        try await RunningListener.with(forwarding: Self.trusting("127.0.0.1")) { listener in
            let client = try await RawClient.connect(port: listener.port)
            for (header, address) in [
                ("X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"), ("", "127.0.0.1"),
                ("x-forwarded-for: 192.0.2.8\r\nX-FORWARDED-FOR: 192.0.2.9\r\n", "192.0.2.9"),
            ] {
                try await client.send("GET /one HTTP/1.1\r\n\(header)\r\n")
                #expect(try await client.readAnswer() == "GET /one  plain 127.0.0.1 \(address) true")
            }
            await client.close()
        }
    }

    @Test("A WebSocket is admitted by the client's address", arguments: [true, false])
    func webSockets(isTrusted: Bool) async throws {
        let log = EventLog()
        let admit: WebSocketAdmission = { info, _ in
            log.add(info.peerAddress)
            return .accept { RecordingDelegate(EventLog()) }
        }
        let forwarding = Self.trusting(isTrusted ? "127.0.0.1" : "192.0.2.1")
        try await RunningListener.with(forwarding: forwarding, admit: admit) { listener in
            let client = try await RawClient.connect(port: listener.port)
            _ = try await client.upgrade(headers: "X-Forwarded-For: 192.0.2.7\r\n")
            #expect(await log.next() == (isTrusted ? "192.0.2.7" : "127.0.0.1"))
            await client.close()
        }
    }

    @Test("The connections of a trusted proxy count towards the total alone")
    func limits() async throws {
        let limiter = ConnectionLimiter(maximumTotal: 2, maximumPerAddress: 1)
        try await RunningListener.with(connections: limiter, forwarding: Self.trusting("127.0.0.1")) { listener in
            var clients: [RawClient] = []
            for _ in 0..<2 {
                let client = try await RawClient.connect(port: listener.port)
                try await client.send("GET /one HTTP/1.1\r\n\r\n")
                _ = try await client.readAnswer()
                clients.append(client)
            }
            let third = try await RawClient.connect(port: listener.port)
            #expect(await third.readToEnd().isEmpty)
            for client in clients { await client.close() }
        }
        #expect(limiter.total == 0)
    }
}
