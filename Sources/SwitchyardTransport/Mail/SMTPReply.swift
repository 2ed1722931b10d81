package import NIOCore

/// A reply of a mail server, of one line or of several.
///
/// Source: RFC 5321 §4.2.
package struct SMTPReply: Hashable, Sendable {
    package let code: Int
    /// What follows the code on each line.
    package let lines: [String]

    /// For the log: one short line without control characters.
    package var shortText: String {
        let text = lines.joined(separator: " ").unicodeScalars.prefix(200).map { scalar in
            scalar.properties.generalCategory == .control ? " " : Character(scalar)
        }
        return "\(code) \(String(text))"
    }
}

/// Takes replies out of what a server sends.
package struct SMTPReplyParser {
    /// RFC 5321 allows 512 bytes.
    package static let maximumLineBytes = 2_048
    package static let maximumLines = 128

    private var code: Int?
    private var lines: [String] = []

    package init() {}

    /// The next whole reply at the beginning of `buffer`; nil when more has to come.
    ///
    /// Throws `malformedReply` for what is no reply, and for one without end.
    package mutating func next(from buffer: inout ByteBuffer) throws(SMTPFailure) -> SMTPReply? {
        while let line = try Self.line(from: &buffer) {
            guard let reply = Self.parse(line), code == nil || code == reply.code, lines.count < Self.maximumLines
            else {
                throw .malformedReply
            }
            code = reply.code
            lines.append(reply.text)
            if reply.isLast {
                defer { (code, lines) = (nil, []) }
                return SMTPReply(code: reply.code, lines: lines)
            }
        }
        return nil
    }

    private static func line(from buffer: inout ByteBuffer) throws(SMTPFailure) -> [UInt8]? {
        let view = buffer.readableBytesView
        guard let end = view.prefix(maximumLineBytes).firstIndex(of: UInt8(ascii: "\n")) else {
            if view.count >= maximumLineBytes { throw .malformedReply }
            return nil
        }
        var line = Array(view[..<end])
        buffer.moveReaderIndex(to: end + 1)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    private static func parse(_ line: [UInt8]) -> (code: Int, text: String, isLast: Bool)? {
        let digits = line.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let code = Int(String(decoding: digits, as: UTF8.self)), (200...599).contains(code)
        else { return nil }
        switch line.dropFirst(3).first {
        case nil: return (code, "", true)
        case UInt8(ascii: " "): return (code, String(decoding: line.dropFirst(4), as: UTF8.self), true)
        case UInt8(ascii: "-"): return (code, String(decoding: line.dropFirst(4), as: UTF8.self), false)
        default: return nil
        }
    }
}

/// Why a message was not handed over.
package enum SMTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The server's answer to this step was no.
    case refused(step: String, SMTPReply)
    /// What the server sent is no SMTP.
    case malformedReply
    /// The server cannot do what is needed.
    case notOffered(String)
    /// The server sent something between its go-ahead and the TLS handshake: somebody may be in between.
    case dataBeforeTLS
    /// No answer within the limit.
    case timedOut(step: String)
    case connectionLost(step: String)
    /// Name, connection or TLS.
    case notConnected(String)
    /// Too many messages are on their way.
    case tooMany

    package var description: String {
        switch self {
        case .refused(let step, let reply): "\(step) was refused: \(reply.shortText)"
        case .malformedReply: "the server does not speak SMTP"
        case .notOffered(let what): "the server does not offer \(what)"
        case .dataBeforeTLS: "the server sent data before TLS"
        case .timedOut(let step): "no answer to \(step) in time"
        case .connectionLost(let step): "the connection ended at \(step)"
        case .notConnected(let reason): "no connection: \(reason)"
        case .tooMany: "too many messages are on their way"
        }
    }
}
