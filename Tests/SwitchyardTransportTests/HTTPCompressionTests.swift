import HTTPTypes
import HummingbirdCore
import NIOCore
import SwitchyardCore
import TestRandom
import Testing

@testable import SwitchyardTransport

@Suite(.timeLimit(.minutes(1))) struct HTTPCompressionTests {
    /// Answers `/{bytes}` with that much JSON; the query is the answer's `Cache-Control`, or its type when it has a slash.
    @concurrent @Sendable
    private static func json(
        _ request: Request,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        let parts = request.uri.path.split(separator: "/")
        let body = Self.body(of: parts.last.flatMap { Int($0) } ?? 0)
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentLength] = String(body.utf8.count)
        let query = request.uri.query ?? ""
        head.headerFields[.contentType] = query.contains("/") ? query : "application/json"
        if !query.isEmpty, !query.contains("/") { head.headerFields[.cacheControl] = query }
        try await writer.write(response: head, body: .init(byteBuffer: ByteBuffer(string: body)))
    }

    /// A JSON text of so many bytes.
    private static func body(of count: Int) -> String {
        let unit = #"{"switch":"on","outlet":0},"#
        return "[" + String(repeating: unit, count: count / unit.utf8.count + 1).prefix(max(count - 2, 0)) + "]"
    }

    private static func withListener(
        kind: ListenerKind = .plain,
        compression: CompressionPolicy? = CompressionPolicy(excluding: ["/dispatch/device", "/ota"]),
        _ body: (RunningListener) async throws -> Void
    ) async throws {
        try await RunningListener.with(kind: kind, compression: compression, responder: json, body)
    }

    private static func request(_ target: String, _ accept: String? = "gzip", method: String = "GET") -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: h\r\n" + (accept.map { "Accept-Encoding: \($0)\r\n" } ?? "") + "\r\n"
    }

    @Test("A client that asks gets the same bytes compressed, with their length", arguments: ["gzip", "deflate"])
    func compressed(coding: String) async throws {
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            for size in [1_025, 20_000, 262_144] {
                try await client.send(Self.request("/\(size)", coding))
                let answer = try await client.readWholeAnswer()
                #expect(answer.header("content-encoding") == coding)
                #expect(answer.header("vary") == "Accept-Encoding")
                #expect(answer.header("content-type") == "application/json")
                #expect(answer.header("transfer-encoding") == nil)
                #expect(answer.body.readableBytes < size / 2)
                // What gzip and zlib begin with. Source: RFC 1952 §2.3.1, RFC 1950 §2.2.
                #expect(
                    Array(answer.body.readableBytesView.prefix(2)) == (coding == "gzip" ? [31, 139] : [0x78, 0x9C])
                )
                #expect(try answer.decompressed() == Self.body(of: size))
            }
            await client.close()
        }
    }

    @Test(
        "What is small, large, no JSON, not to be stored or for devices goes out as it is",
        arguments: [
            "/1024", "/262145", "/5000?no-store", "/5000?private,no-store", "/5000?text/plain",
            "/5000?application/octet-stream", "/dispatch/device/5000", "//dispatch//device/5000?x/y", "/ota/rom/5000",
        ]
    )
    func asItIs(target: String) async throws {
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(Self.request(target))
            let answer = try await client.readWholeAnswer()
            #expect(answer.header("content-encoding") == nil)
            #expect(answer.header("vary") == nil)
            #expect(String(buffer: answer.body).hasPrefix("[{"))
            await client.close()
        }
    }

    @Test(
        "Who does not ask gets the plain answer, and hears that others do not",
        arguments: [nil, "identity", "gzip;q=0"]
    )
    func notAsked(accept: String?) async throws {
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(Self.request("/5000", accept))
            let answer = try await client.readWholeAnswer()
            #expect(answer.header("content-encoding") == nil)
            #expect(answer.header("vary") == "Accept-Encoding")
            #expect(String(buffer: answer.body) == Self.body(of: 5_000))
            await client.close()
        }
    }

    @Test("Without the policy, as on the device listener, nothing is compressed and nothing said of it")
    func switchedOff() async throws {
        try await Self.withListener(kind: .device, compression: nil) { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(Self.request("/5000"))
            let answer = try await client.readWholeAnswer()
            #expect(answer.header("content-encoding") == nil)
            #expect(answer.header("vary") == nil)
            await client.close()
        }
    }

    @Test("HEAD has the very head that GET has, compressed or not, and no body", arguments: ["gzip", "identity"])
    func head(accept: String) async throws {
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            for target in ["/5000", "/10"] {
                try await client.send(Self.request(target, accept))
                let get = try await client.readWholeAnswer()
                try await client.send(Self.request(target, accept, method: "HEAD"))
                #expect(try await client.readHead() == get.head)
            }
            try await client.send("GET /1 HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(await client.readToEnd().hasSuffix("[]"))
        }
    }

    @Test("On one connection each answer is what its request asked for")
    func keepAlive() async throws {
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            let wishes: [String?] = ["gzip", nil, "deflate", "gzip", "identity", nil, "gzip"]
            for wish in wishes {
                try await client.send(Self.request("/5000", wish))
                let answer = try await client.readWholeAnswer()
                #expect(answer.header("content-encoding") == (wish == "identity" ? nil : wish))
                #expect(try answer.decompressed() == Self.body(of: 5_000))
            }
            await client.close()
        }
    }

    @Test("Requests that arrive at once are answered in order, whatever each asks for", arguments: 0..<16)
    func pipelined(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let wishes = (0..<12).map { _ in ["gzip", "deflate", nil].randomElement(using: &generator) ?? nil }
        let sizes = (0..<12).map { _ in [10, 2_000, 30_000].randomElement(using: &generator) ?? 10 }
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(zip(sizes, wishes).map { Self.request("/\($0)", $1) }.joined())
            for size in sizes {
                let answer = try await client.readWholeAnswer()
                #expect(try answer.decompressed() == Self.body(of: size))
            }
            await client.close()
        }
    }

    @Test("A WebSocket is opened as ever by who offers codings")
    func webSocket() async throws {
        try await Self.withListener { listener in
            let client = try await RawClient.connect(port: listener.port)
            let head = try await client.upgrade(headers: "Accept-Encoding: gzip, deflate\r\n")
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(!head.lowercased().contains("encoding"))
            let text = String(repeating: "hello", count: 1_000)
            try await client.send(RawClient.text(text))
            #expect(try await client.readFrame().payload == ByteBuffer(string: text))
            await client.close()
        }
    }

    @Test("A client that leaves in the middle of it harms nobody")
    func leaves() async throws {
        try await Self.withListener { listener in
            for _ in 0..<8 {
                let client = try await RawClient.connect(port: listener.port)
                try await client.send(Self.request("/262144") + Self.request("/262144"))
                await client.close()
            }
            let client = try await RawClient.connect(port: listener.port)
            try await client.send(Self.request("/2000"))
            #expect(try await client.readWholeAnswer().decompressed() == Self.body(of: 2_000))
            await client.close()
        }
    }
}
