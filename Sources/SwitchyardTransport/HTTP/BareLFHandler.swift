package import NIOCore

/// Makes lines of a request's head that end in a bare LF end in CRLF, ahead of the strict HTTP decoder.
///
/// OPL1000 firmware ends its `Sec-WebSocket-Key` line that way. Bodies pass unchanged: `Content-Length` is followed
/// from request to request. A head with `Transfer-Encoding` or `Upgrade`, or with a length that the decoder might read
/// differently, ends the leniency for the rest of the connection, since what follows is not to be touched. Leaves the
/// pipeline at the upgrade. Nothing is buffered but the beginning of a line.
/// Source: coolkit-websocket.md §1, coolkit-device-side.md §4.
final class BareLFHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var lines = RequestLines()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let repaired = lines.repair(bytes, allocator: context.channel.allocator) else {
            return context.fireChannelRead(data)
        }
        context.fireChannelRead(wrapInboundOut(repaired))
    }
}

/// Follows the lines of requests through a stream of bytes and finds the line ends that lack their CR.
package struct RequestLines {
    private enum Phase {
        /// Before a request line, where empty lines are skipped.
        case start
        case head
        case body(remaining: Int)
        /// Nothing is looked at any more.
        case passing
    }

    /// Enough of a line to tell the headers that matter, with their value.
    private static let keptBytes = 64

    private var phase = Phase.start
    private var line: [UInt8] = []
    private var isLineEmpty = true
    private var lastByte: UInt8 = 0
    private var contentLength: Int?
    private var passesAfterHead = false

    package init() {}

    /// The bytes with every missing CR put in; nil when none is missing.
    package mutating func repair(_ bytes: ByteBuffer, allocator: ByteBufferAllocator) -> ByteBuffer? {
        var repaired: ByteBuffer?
        var copied = 0
        bytes.withUnsafeReadableBytes { source in
            var position = 0
            while position < source.count {
                switch phase {
                case .passing: position = source.count
                case .body(let remaining):
                    let skipped = min(remaining, source.count - position)
                    position += skipped
                    phase = skipped == remaining ? .start : .body(remaining: remaining - skipped)
                case .start, .head:
                    if take(source[position]) {
                        var target = repaired ?? allocator.buffer(capacity: source.count + 8)
                        target.writeBytes(source[copied..<position])
                        target.writeInteger(UInt8(ascii: "\r"))
                        repaired = target
                        copied = position
                    }
                    position += 1
                }
            }
            if copied < source.count { repaired?.writeBytes(source[copied...]) }
        }
        return repaired
    }

    /// Takes one byte of a head; true if it is an LF without its CR.
    private mutating func take(_ byte: UInt8) -> Bool {
        defer { lastByte = byte }
        guard byte == UInt8(ascii: "\n") else {
            if byte != UInt8(ascii: "\r") {
                isLineEmpty = false
                if line.count < Self.keptBytes { line.append(byte) }
            }
            return false
        }
        endLine()
        return lastByte != UInt8(ascii: "\r")
    }

    private mutating func endLine() {
        if !isLineEmpty {
            if case .head = phase { readHeader() }
            phase = .head
        } else if case .head = phase {
            endHead()
        }
        line.removeAll(keepingCapacity: false)
        isLineEmpty = true
    }

    private mutating func readHeader() {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), !Self.isBlank(line[0]) else {
            // A folded line may be the rest of a length.
            passesAfterHead = true
            return
        }
        switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
        case "content-length":
            let value = line[(colon + 1)...].drop(while: Self.isBlank)
            let digits = value.prefix { !Self.isBlank($0) }
            let length = line.count < Self.keptBytes ? Int(String(decoding: digits, as: UTF8.self)) : nil
            if contentLength != nil || length == nil { passesAfterHead = true }
            contentLength = length
        case "transfer-encoding", "upgrade":
            passesAfterHead = true
        default: break
        }
    }

    private mutating func endHead() {
        if passesAfterHead {
            phase = .passing
        } else {
            let length = contentLength ?? 0
            phase = length > 0 ? .body(remaining: length) : .start
        }
        contentLength = nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
