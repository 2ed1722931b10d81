import CoolkitWire
import NIOCore

extension FuzzTarget {
    /// The scan of a frame finds what the tree of the same text has, and refuses what is no such text.
    static let envelope = FuzzTarget(name: "envelope", maximumBytes: 4_096) { bytes in
        let tree = Result { () throws(JSONSyntaxError) in try JSON(parsing: bytes) }
        let envelope = Result { () throws(JSONSyntaxError) in try Envelope(scanning: ByteBuffer(bytes: bytes)) }
        switch (envelope, tree) {
        case (.success(let envelope), .success(let tree)):
            try EnvelopeComparison(envelope: envelope, tree: tree).check()
        case (.success, .failure(let error)):
            // UTF-8 is the WebSocket layer's to check.
            try require(error.reason == .invalidUTF8, "scanned what is no JSON: \(error)")
        case (.failure(let error), .success(let tree)):
            let isExpected = tree.objectValue == nil || error.reason == .duplicateMember
            try require(isExpected, "a good object was refused: \(error)")
        case (.failure(let error), .failure):
            try require((0...bytes.count).contains(error.offset), "an error stands at \(error.offset)")
        }
    }
}

/// An envelope beside the tree of the same bytes.
private struct EnvelopeComparison {
    let envelope: Envelope
    let tree: JSON

    func check() throws {
        try require(tree.objectValue != nil, "an envelope of what is no object")
        let members: [([String], Envelope.Value?)] = [
            (["action"], envelope.action), (["apikey", "apiKey"], envelope.apiKey),
            (["selfApikey", "selfApiKey"], envelope.selfAPIKey), (["deviceid"], envelope.deviceID),
            (["userAgent"], envelope.userAgent), (["sequence"], envelope.sequence),
            (["d_seq"], envelope.deviceSequence), (["seq"], envelope.seq), (["ts"], envelope.ts),
            (["version"], envelope.version), (["at"], envelope.accessToken), (["appid"], envelope.appID),
            (["params"], envelope.params), (["error"], envelope.error), (["config"], envelope.config),
        ]
        for (names, value) in members { try check(value, named: names) }
        try checkSequence()
    }

    private func check(_ value: Envelope.Value?, named names: [String]) throws {
        let expected = names.compactMap { tree[$0] }
        try require(expected.count == (value == nil ? 0 : 1), "\(names) is there \(expected.count) times")
        guard let value, let expected = expected.first else { return }
        let slice = envelope.slice(value)
        try require(slice.readableBytes == value.range.count, "\(names) has a slice of another length")
        let parsed = try JSON(parsing: slice)
        try require(parsed == expected, "\(names) is \(expected.text), its slice \(parsed.text)")
        try require(!isBlank(slice.readableBytesView.first) && !isBlank(slice.readableBytesView.last), "loose slice")
        let text = expected.stringValue.flatMap { CombiningMarks.pileUp(in: $0) ? nil : $0 }
        try require(envelope.text(value) == text, "\(names) has another text")
        try require(envelope.int(value) == expected.intValue, "\(names) has another number")
        if let text = expected.stringValue {
            try require(envelope.equals(value, bytes: text), "\(names) does not equal its own text")
            try require(!envelope.equals(value, bytes: text + "x"), "\(names) equals a longer text")
        }
        if let number = expected.numberValue {
            try require(envelope.textOrNumber(value) == number.text, "\(names) is spelled otherwise")
        }
    }

    /// What an answer says as `sequence` is the text that came.
    private func checkSequence() throws {
        guard let sequence = SequenceText(envelope.sequence, in: envelope) else {
            guard let value = envelope.sequence, value.kind == .string || value.kind == .number else { return }
            let isPiled = CombiningMarks.pileUp(in: envelope.slice(value).text)
            return try require(isPiled, "a sequence is not taken")
        }
        let said = try JSON(parsing: "\"\(sequence.contents)\"").stringValue
        try require(said == envelope.textOrNumber(envelope.sequence), "a sequence is answered as another")
        if sequence.isForwardable {
            try require(sequence.contents.utf8.count <= SequenceText.maximumForwardedLength, "too long to forward")
        }
    }

    private func isBlank(_ byte: UInt8?) -> Bool { byte.map { $0 <= 0x20 } ?? true }
}
