import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPCompression

/// An HTTP answer, its body as it came.
struct WholeAnswer {
    let head: String
    let body: ByteBuffer

    /// The value of a header; its name in lower case.
    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix(name + ":") {
            return String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
        return nil
    }

    /// The text of the body, read as its `Content-Encoding` says.
    func decompressed() throws -> String {
        guard let coding = header("content-encoding") else { return String(buffer: body) }
        let channel = EmbeddedChannel(handler: NIOHTTPResponseDecompressor(limit: .none))
        let head = HTTPResponseHead(
            version: .http1_1,
            status: .ok,
            headers: ["Content-Encoding": coding, "Content-Length": String(body.readableBytes)]
        )
        try channel.writeInbound(HTTPClientResponsePart.head(head))
        try channel.writeInbound(HTTPClientResponsePart.body(body))
        try channel.writeInbound(HTTPClientResponsePart.end(nil))
        var text = ByteBuffer()
        while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            if case .body(var bytes) = part { text.writeBuffer(&bytes) }
        }
        _ = try channel.finish()
        return String(buffer: text)
    }
}

extension RawClient {
    /// Reads an answer up to the end that its `Content-Length` gives it.
    func readWholeAnswer() async throws -> WholeAnswer {
        let head = try await readHead()
        let answer = WholeAnswer(head: head, body: ByteBuffer())
        guard let length = answer.header("content-length").flatMap({ Int($0) }) else { throw Ended() }
        return WholeAnswer(head: head, body: try await readBytes(length))
    }
}
