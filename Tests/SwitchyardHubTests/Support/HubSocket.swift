import CoolkitWire
import NIOCore
import NIOEmbedded

@testable import SwitchyardHub
@testable import SwitchyardTransport

/// A peer of the hub on an embedded channel: no socket, but the real WebSocket layer and the real hub behind it.
final class HubSocket {
    private let channel: EmbeddedChannel
    private let connection: WebSocketConnection
    private var received = ByteBuffer()

    /// - Parameter breaks: its peer has gone, which the server sees when it first writes.
    init(_ rig: HubRig, breaks: Bool = false) throws {
        channel = EmbeddedChannel(loop: rig.loop)
        connection = WebSocketConnection(
            info: ConnectionInfo(channel: channel, listener: .plain),
            channel: channel,
            limits: WebSocketLimits(),
            loopParts: rig.timers.loopParts(for: rig.loop),
            delegate: rig.hub.makeConnection()
        )
        if breaks { try channel.pipeline.syncOperations.addHandler(BrokenTransport()) }
        try channel.pipeline.syncOperations.addHandler(connection)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// Sends a text message, masked with zeros.
    func send(_ text: String) throws { try channel.writeInbound(Self.frame(opcode: 1, Array(text.utf8))) }

    func register(deviceID: String = HubRig.deviceID.rawValue, key: String = HubRig.factoryKey.rawValue) throws {
        try send("{\"action\":\"register\",\"deviceid\":\"\(deviceID)\",\"apikey\":\"\(key)\",\"version\":8,\"ts\":1}")
    }

    /// Drops the transport.
    func drop() throws {
        channel.pipeline.fireChannelInactive()
        channel.embeddedEventLoop.run()
    }

    /// Whether the server has not begun to close.
    var isOpen: Bool { connection.isOpen }

    /// What the server has sent since the last call: texts, and `close <code>`.
    func sent() throws -> [String] {
        channel.embeddedEventLoop.run()
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { received.writeImmutableBuffer(bytes) }
        var frames: [String] = []
        while let frame = Self.nextFrame(in: &received) { frames.append(frame) }
        return frames
    }

    /// Takes the next frame of the server, a text or `close <code>`; nil while it is not whole.
    static func nextFrame(in bytes: inout ByteBuffer) -> String? {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let short = rest.readInteger(as: UInt8.self),
            let length = short == 126 ? rest.readInteger(as: UInt16.self).map(Int.init) : Int(short),
            var payload = rest.readSlice(length: length)
        else { return nil }
        bytes = rest
        switch first & 0x0F {
        case 1: return String(buffer: payload)
        case 8: return "close \(payload.readInteger(as: UInt16.self).map(String.init) ?? "")"
        case 9: return "ping"
        case 10: return "pong frame"
        default: return "other"
        }
    }

    /// Answers a control ping.
    func sendPong() throws { try channel.writeInbound(Self.frame(opcode: 10, [])) }

    static func frame(opcode: UInt8, _ payload: [UInt8]) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(0x80 | opcode)
        if payload.count < 126 {
            frame.writeInteger(0x80 | UInt8(payload.count))
        } else {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(payload.count))
        }
        frame.writeInteger(UInt32(0))
        frame.writeBytes(payload)
        return frame
    }
}

/// Fails the first write, and with it the channel, as a socket does that was reset.
private final class BrokenTransport: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.ioOnClosedChannel)
        context.close(promise: nil)
    }
}
