package import NIOCore

/// Why a request is refused before anyone has read it.
package struct RequestFault: Error, Hashable {
    package let statusCode: Int
    /// For people.
    package let reason: String

    static func malformed(_ reason: String) -> RequestFault { RequestFault(statusCode: 400, reason: reason) }
}

/// Follows requests byte by byte and lets through only what has one meaning: the lines of heads, and the framing of bodies.
///
/// The HTTP decoder behind it takes some things that others read differently, and where two readers disagree on where a
/// request ends, the one behind the other answers what was never asked. So lines are passed on whole, once they have
/// been looked at, and with CRLF at their end; a listener for devices takes a bare LF, as OPL1000 firmware ends its
/// `Sec-WebSocket-Key` line with one. `Upgrade` is left out where no one will grant it, since the decoder stops at it.
/// A line and a head are bounded; nothing of a body is kept.
/// Sources: RFC 9112 §2.2, §3, §5, §6, §7.1, §11.2; coolkit-websocket.md §1, coolkit-device-side.md §4 (bare LF).
package struct RequestSyntax {
    package struct Rules: Sendable {
        package var toleratesBareLF: Bool
        /// Firmware names any host or none.
        ///
        /// Source: coolkit-websocket.md §1.
        package var checksHost: Bool
        /// Requests for these end HTTP on their connection, whatever becomes of them.
        package var webSocketPaths: Set<String>
        package var maximumHeadBytes: Int

        package init(
            toleratesBareLF: Bool = false,
            checksHost: Bool = true,
            webSocketPaths: Set<String> = [],
            maximumHeadBytes: Int = 16_384
        ) {
            self.toleratesBareLF = toleratesBareLF
            self.checksHost = checksHost
            self.webSocketPaths = webSocketPaths
            self.maximumHeadBytes = maximumHeadBytes
        }
    }

    private enum Phase {
        case start
        case head
        case body(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        /// No HTTP any more.
        case passing
    }

    /// A robust server skips at least one.
    ///
    /// Source: RFC 9112 §2.2.
    private static let emptyLinesAtMost = 4
    private static let chunkLineBytesAtMost = 256
    /// Of all chunk extensions and trailers of one request.
    private static let extraBytesAtMost = 4_096

    private let rules: Rules
    private var phase = Phase.start
    /// The line that has not ended yet.
    private var line: [UInt8] = []
    private var head = RequestHeadLines()
    private var headBytes = 0
    private var emptyLines = 0
    private var extraBytes = 0

    package init(rules: Rules) { self.rules = rules }

    /// Whether the first bytes of a request have come, and its head has not ended.
    package var isWithinHead: Bool {
        switch phase {
        case .start: !line.isEmpty
        case .head: true
        case .body, .chunkSize, .chunkData, .chunkEnd, .trailers, .passing: false
        }
    }

    /// Takes the next bytes to pass on out of `input`; nil when all of it is taken and more has to come.
    package mutating func next(_ input: inout ByteBuffer) throws(RequestFault) -> ByteBuffer? {
        switch phase {
        case .passing:
            return input.readableBytes > 0 ? input.readSlice(length: input.readableBytes) : nil
        case .body(let remaining):
            guard let bytes = read(remaining, of: &input) else { return nil }
            let rest = remaining - bytes.readableBytes
            phase = rest > 0 ? .body(remaining: rest) : .start
            return bytes
        case .chunkData(let remaining):
            guard let bytes = read(remaining, of: &input) else { return nil }
            let rest = remaining - bytes.readableBytes
            phase = rest > 0 ? .chunkData(remaining: rest) : .chunkEnd
            return bytes
        case .start, .head, .chunkSize, .chunkEnd, .trailers:
            return try nextLines(&input)
        }
    }

    private func read(_ most: Int, of input: inout ByteBuffer) -> ByteBuffer? {
        input.readableBytes > 0 ? input.readSlice(length: min(most, input.readableBytes)) : nil
    }

    // MARK: Lines

    /// All whole lines up to a body, the end of a request or the end of the input.
    ///
    /// A fault in the next request does not keep this one from being answered.
    private mutating func nextLines(_ input: inout ByteBuffer) throws(RequestFault) -> ByteBuffer? {
        var output = ByteBuffer()
        while isInLines, try takeLine(&input) {
            let ended = line
            line.removeAll(keepingCapacity: true)
            if try end(ended) {
                output.writeBytes(ended)
                output.writeStaticString("\r\n")
            }
            if case .start = phase, output.readableBytes > 0 { break }
        }
        // Nothing is kept for a connection that idles.
        if line.isEmpty { line = [] }
        if case .passing = phase { output.writeBuffer(&input) }
        if output.readableBytes > 0 { return output }
        return isInLines ? nil : try next(&input)
    }

    private var isInLines: Bool {
        switch phase {
        case .start, .head, .chunkSize, .chunkEnd, .trailers: true
        case .body, .chunkData, .passing: false
        }
    }

    /// Moves bytes into `line`; true when it has ended, and is there without its end.
    private mutating func takeLine(_ input: inout ByteBuffer) throws(RequestFault) -> Bool {
        while let byte: UInt8 = input.readInteger() {
            let followsCR = line.last == Self.carriageReturn
            if byte == Self.lineFeed {
                if followsCR {
                    line.removeLast()
                } else if !rules.toleratesBareLF || !isInHead {
                    throw .malformed("a line ends in LF alone")
                }
                return true
            }
            guard !followsCR else { throw .malformed("a CR stands alone") }
            guard byte == Self.carriageReturn || HTTPCharacters.isText(byte) else {
                throw .malformed("a control character")
            }
            if case .chunkEnd = phase, byte != Self.carriageReturn {
                throw .malformed("a chunk is longer than its size")
            }
            if line.isEmpty, case .start = phase, byte != Self.carriageReturn, !HTTPCharacters.isUpperCase(byte) {
                throw .malformed("no method")
            }
            line.append(byte)
            try count()
        }
        return false
    }

    private var isInHead: Bool {
        switch phase {
        case .start, .head: true
        case .body, .chunkSize, .chunkData, .chunkEnd, .trailers, .passing: false
        }
    }

    /// Counts a byte against the bounds.
    private mutating func count() throws(RequestFault) {
        switch phase {
        case .start, .head:
            headBytes += 1
            guard headBytes > rules.maximumHeadBytes else { return }
            if case .start = phase { throw RequestFault(statusCode: 414, reason: "the target is too long") }
            throw RequestFault(statusCode: 431, reason: "the head is too long")
        case .chunkSize, .chunkEnd:
            guard line.count <= Self.chunkLineBytesAtMost else { throw .malformed("a long line between chunks") }
        case .trailers:
            extraBytes += 1
            guard extraBytes <= Self.extraBytesAtMost else { throw .malformed("long trailers") }
        case .body, .chunkData, .passing: break
        }
    }

    /// A line has ended: whether it is to be passed on.
    private mutating func end(_ line: [UInt8]) throws(RequestFault) -> Bool {
        switch phase {
        case .start:
            guard !line.isEmpty else {
                emptyLines += 1
                guard emptyLines <= Self.emptyLinesAtMost else { throw .malformed("empty lines") }
                return false
            }
            try head.begin(with: line)
            phase = .head
            return true
        case .head:
            guard line.isEmpty else {
                let isUpgrade = try head.add(line, checksHost: rules.checksHost)
                return !isUpgrade || isForWebSocket
            }
            try endHead()
            return true
        case .chunkSize:
            try endChunkSize(line)
            return true
        case .chunkEnd:
            guard line.isEmpty else { throw .malformed("a chunk is longer than its size") }
            phase = .chunkSize
            return true
        case .trailers:
            if line.isEmpty { beginRequest() } else { try RequestHeadLines.checkTrailer(line) }
            return true
        case .body, .chunkData, .passing: return true
        }
    }

    private var isForWebSocket: Bool { rules.webSocketPaths.contains(head.path) }

    private mutating func endHead() throws(RequestFault) {
        let framing = try head.framing(checksHost: rules.checksHost)
        guard !isForWebSocket else {
            guard framing == .length(0) else { throw .malformed("a body before a WebSocket") }
            phase = .passing
            return
        }
        beginRequest()
        switch framing {
        case .length(0): break
        case .length(let length): phase = .body(remaining: length)
        case .chunked: phase = .chunkSize
        }
    }

    private mutating func endChunkSize(_ line: [UInt8]) throws(RequestFault) {
        let digits = line.prefix { HTTPCharacters.hexValue($0) != nil }
        guard (1...8).contains(digits.count) else { throw .malformed("no size of a chunk") }
        let rest = line.dropFirst(digits.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { throw .malformed("a bad size of a chunk") }
        extraBytes += rest.count
        guard extraBytes <= Self.extraBytesAtMost else { throw .malformed("long chunk extensions") }
        let size = digits.reduce(0) { $0 << 4 | Int(HTTPCharacters.hexValue($1) ?? 0) }
        phase = size > 0 ? .chunkData(remaining: size) : .trailers
    }

    /// What follows is a new request, or the body of this one.
    private mutating func beginRequest() {
        phase = .start
        head = RequestHeadLines()
        headBytes = 0
        emptyLines = 0
        extraBytes = 0
    }

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
}
