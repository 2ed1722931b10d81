import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import SwitchyardTransport

/// What stands in the TLS records that firmware reads: it decodes no more than the front of each.
///
/// Source: `coolkit-websocket.md` §1 ("101 answer"), §12.
@Suite(.timeLimit(.minutes(1))) struct FirmwareRecordTests {
    /// What AES-GCM adds to the contents of a record in TLS 1.2: explicit nonce and tag.
    private static let overhead = 24

    @Test("The answer to the upgrade is alone in its record, also when the first message came with the request")
    func upgradeAlone() async throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: CertificateNames(dnsNames: ["localhost"], addresses: ["127.0.0.1"]))
        let tls = try TLSContextSource(
            certificateFile: files.certificateFile(.device),
            keyFile: files.keyFile(.device),
            profile: .device
        )
        try await RunningListener.with(kind: .device, tls: tls) { listener in
            let client = try await RawClient.connect(
                port: listener.port,
                trusting: files.certificateFile(.device)
            ) { configuration in
                configuration.maximumTLSVersion = .tlsv12
                configuration.cipherSuites = "ECDHE-RSA-AES128-GCM-SHA256"
                configuration.certificateVerification = .none
            }
            let records = try await RecordLog.attach(to: client.channel)
            var request = ByteBuffer(
                string: "GET /api/ws HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==\r\n\r\n"
            )
            request.writeImmutableBuffer(RawClient.text("hello"))

            try await client.send(request)
            let head = try await client.readHead()
            let frame = try await client.readFrame()

            #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
            #expect(frame.payload == ByteBuffer(string: "hello"))
            #expect(records.lengths == [head.utf8.count + Self.overhead, 2 + 5 + Self.overhead])
            await client.close()
        }
    }
}

/// Writes down the lengths of the application-data records that arrive, and changes nothing.
///
/// Source of the header: RFC 5246 §6.2.1.
private final class RecordLog: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private struct State {
        var unread = ByteBuffer()
        var lengths: [Int] = []
    }

    private let state = Mutex(State())

    var lengths: [Int] { state.withLock { $0.lengths } }

    static func attach(to channel: any Channel) async throws -> RecordLog {
        let log = RecordLog()
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(log, position: .first)
        }.get()
        return log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        state.withLock { state in
            state.unread.writeBuffer(&bytes)
            while let type: UInt8 = state.unread.getInteger(at: state.unread.readerIndex),
                let length: UInt16 = state.unread.getInteger(at: state.unread.readerIndex + 3),
                state.unread.readableBytes >= 5 + Int(length)
            {
                state.unread.moveReaderIndex(forwardBy: 5 + Int(length))
                if type == 23 { state.lengths.append(Int(length)) }
            }
        }
        context.fireChannelRead(data)
    }
}
