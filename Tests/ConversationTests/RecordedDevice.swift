import CoolkitWire
import NIOCore
import SwitchyardSimulator
import Synchronization
import TestSupport

/// A registered device over TLS that writes down the records that reach its socket, below the decryption.
///
/// Firmware decodes one frame of each record it reads, so what counts is what the server put into one record.
/// Source: `coolkit-websocket.md` §12.
final class RecordedDevice: Sendable {
    /// What the cipher suite of this connection adds to each record's contents: explicit nonce and tag of AES-GCM in TLS 1.2.
    static let overhead = 24

    private let connection: WebSocketConnection
    private let inbox: Inbox<WebSocketEvent>
    private let log: TLSRecordLog

    /// Connects to the device listener and registers; records are written down from then on.
    init(_ stage: Stage) async throws {
        let inbox = Inbox<WebSocketEvent>(capacity: 64)
        let client = try WebSocketClient(address: stage.server.address(of: .device), trust: .anybody)
        connection = try await client.connect { inbox.deliver($0) }
        self.inbox = inbox
        try await connection.send(
            #"{"action":"register","deviceid":"\#(Stage.deviceID)","apikey":"\#(Stage.factoryKey)","userAgent":"device"}"#
        )
        _ = try await Self.nextText(of: inbox)
        // The server has nothing more to say now, so the log begins at the front of a record.
        let log = TLSRecordLog()
        self.log = log
        let channel = connection.channel
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(TLSRecordReader(log), position: .first)
        }.get()
    }

    func nextText() async throws -> String { try await Self.nextText(of: inbox) }

    /// The lengths of the application-data records that have come since `register`, without their headers.
    func records() -> [Int] { log.lengths.withLock { $0 } }

    func close() async { await connection.close() }

    private static func nextText(of inbox: Inbox<WebSocketEvent>) async throws -> String {
        try await withDeadline(TestPeer.patience, waitingFor: "a message to the device") {
            while true {
                if case .text(let text) = try await inbox.next(where: { _ in true }) { return text }
            }
        }
    }
}

/// The lengths of TLS records in the order of their arrival.
final class TLSRecordLog: Sendable {
    let lengths = Mutex<[Int]>([])
}

/// Reads the headers of TLS records as they pass and changes nothing.
///
/// Confined to its channel's event loop. Source of the header: RFC 5246 §6.2.1.
final class TLSRecordReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let applicationData: UInt8 = 23
    private static let headerLength = 5
    private let log: TLSRecordLog
    private var unread = ByteBuffer()

    init(_ log: TLSRecordLog) { self.log = log }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        context.fireChannelRead(data)
        unread.writeBuffer(&bytes)
        while let type: UInt8 = unread.getInteger(at: unread.readerIndex),
            let length: UInt16 = unread.getInteger(at: unread.readerIndex + 3),
            unread.readableBytes >= Self.headerLength + Int(length)
        {
            unread.moveReaderIndex(forwardBy: Self.headerLength + Int(length))
            if type == Self.applicationData { log.lengths.withLock { $0.append(Int(length)) } }
        }
    }
}
