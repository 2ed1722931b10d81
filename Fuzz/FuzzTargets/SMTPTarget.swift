import NIOCore
import SwitchyardTransport

extension FuzzTarget {
    /// What a mail server answers is taken apart alike however it arrives, and stays within its bounds.
    static let smtp = FuzzTarget(name: "smtp", maximumBytes: 8_192) { bytes in
        let (seed, input) = bytes.choiceAndInput
        let whole = try replies(in: CollectionOfOne(ByteBuffer(bytes: input)))
        let cut = try replies(in: Pieces(input, seed: seed))
        try require(whole.replies == cut.replies, "in pieces: \(cut.replies), whole: \(whole.replies)")
        try require(whole.hasFailed == cut.hasFailed, "in pieces it fails: \(cut.hasFailed)")
        for reply in whole.replies {
            try require((200...599).contains(reply.code), "code \(reply.code)")
            try require((1...SMTPReplyParser.maximumLines).contains(reply.lines.count), "\(reply.lines.count) lines")
            let isPrintable = reply.shortText.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            try require(isPrintable, "a control character would stand in the log")
        }
    }

    private static func replies(
        in pieces: some Sequence<ByteBuffer>
    ) throws -> (replies: [SMTPReply], hasFailed: Bool) {
        var parser = SMTPReplyParser()
        var replies: [SMTPReply] = []
        var buffer = ByteBuffer()
        for piece in pieces {
            buffer.writeImmutableBuffer(piece)
            do {
                while let reply = try parser.next(from: &buffer) { replies.append(reply) }
            } catch {
                return (replies, true)
            }
            try require(buffer.readableBytes < SMTPReplyParser.maximumLineBytes, "\(buffer.readableBytes) bytes wait")
        }
        return (replies, false)
    }
}
