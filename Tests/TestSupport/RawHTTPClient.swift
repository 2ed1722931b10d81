import NIOCore
import NIOPosix
import NIOSSL
import SwitchyardSimulator

/// An answer as it came over the wire.
package struct RawHTTPAnswer: Sendable {
    package let status: Int
    /// In the order of the head, names as they were spelled.
    package let headers: [(name: String, value: String)]
    package let body: String

    /// The values of a header, joined; nil when it is not there.
    package subscript(header name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}

/// An HTTP client that sends its requests byte for byte, on one connection that it keeps.
///
/// The public listener is reached over TLS 1.3 and verified, the device listener as firmware does it. Answers end where their
/// `Content-Length` or their last chunk says; an answer without both is an error.
package actor RawHTTPClient {
    private let channel: any Channel
    private let inbox: Inbox<ByteBuffer>
    private var received = ByteBuffer()

    /// Connects.
    package init(to server: TestServer, through listener: TestListener = .public) async throws {
        let inbox = Inbox<ByteBuffer>(capacity: .max)
        self.inbox = inbox
        let address = try server.address(of: listener)
        let tls = address.usesTLS ? try Self.tlsContext(for: listener, of: server) : nil
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    }
                    try pipeline.addHandler(InboxHandler(inbox))
                }
            }
            .connect(host: address.host, port: address.port).get()
    }

    private static func tlsContext(for listener: TestListener, of server: TestServer) throws -> NIOSSLContext {
        var configuration = try listener.trust(of: server).makeConfiguration()
        if listener == .public { configuration.minimumTLSVersion = .tlsv13 }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Sends bytes, a whole request or a part of one.
    package func send(_ bytes: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: bytes))
    }

    /// The next answer.
    ///
    /// - Parameter hasBody: false for the answer to `HEAD`.
    package func answer(hasBody: Bool = true) async throws -> RawHTTPAnswer {
        let lines = try await head().split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw TestFailure("no status line: \(lines.first ?? "")")
        }
        let headers = lines.dropFirst().map { line in
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(sides[0]), value: sides.count > 1 ? String(sides[1].drop { $0 == " " }) : "")
        }
        let empty = RawHTTPAnswer(status: status, headers: headers, body: "")
        guard hasBody, status >= 200 else { return empty }
        if empty[header: "transfer-encoding"] == "chunked" {
            return RawHTTPAnswer(status: status, headers: headers, body: try await chunks())
        }
        guard let length = empty[header: "content-length"].flatMap({ Int($0) }) else {
            throw TestFailure("an answer without its length: \(headers)")
        }
        while received.readableBytes < length { try await readMore() }
        return RawHTTPAnswer(status: status, headers: headers, body: received.readString(length: length) ?? "")
    }

    /// The content of chunks up to the last one, which is empty.
    private func chunks() async throws -> String {
        var content = ByteBuffer()
        while true {
            guard let length = Int(try await line(), radix: 16) else { throw TestFailure("no length of a chunk") }
            while received.readableBytes < length + 2 { try await readMore() }
            guard var chunk = received.readSlice(length: length), received.readString(length: 2) == "\r\n" else {
                throw TestFailure("a chunk that is longer than it says")
            }
            if length == 0 { return String(buffer: content) }
            content.writeBuffer(&chunk)
        }
    }

    private func line() async throws -> String {
        while true {
            if let end = received.readableBytesView.firstRange(of: Array("\r\n".utf8)) {
                return String(received.readString(length: end.upperBound - received.readerIndex)?.dropLast() ?? "")
            }
            try await readMore()
        }
    }

    /// Everything up to the end of the connection.
    package func rest() async -> String {
        // The only way for this to fail is the end.
        while (try? await readMore()) != nil {}
        return String(buffer: received)
    }

    /// Ends the connection; one that has ended is as good.
    package func close() async { try? await channel.close() }

    /// The lines of the next head, with the empty one.
    private func head() async throws -> String {
        let end: [UInt8] = Array("\r\n\r\n".utf8)
        while true {
            if let range = received.readableBytesView.firstRange(of: end) {
                return received.readString(length: range.upperBound - received.readerIndex) ?? ""
            }
            try await readMore()
        }
    }

    private func readMore() async throws {
        let inbox = inbox
        let more = try await withPatience(for: "an answer") { try await inbox.next { _ in true } }
        received.writeImmutableBuffer(more)
    }
}

/// Puts what comes into an inbox, and ends it with the connection.
private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox<ByteBuffer>

    init(_ inbox: Inbox<ByteBuffer>) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { _ = inbox.deliver(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { inbox.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.finish(throwing: error)
        context.close(promise: nil)
    }
}
