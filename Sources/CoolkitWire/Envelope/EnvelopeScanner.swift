package import NIOCore

extension Envelope {
    /// Finds the members of a frame in one pass over its bytes, without building or allocating anything.
    ///
    /// A frame that is not one JSON object, nests deeper than 32, or has a known member twice, is malformed.
    package init(scanning frame: ByteBuffer) throws(JSONSyntaxError) {
        self.init(unscanned: frame)
        try frame.withUnsafeReadableBytes { (bytes) throws(JSONSyntaxError) in
            try scan(bytes)
        }
    }

    private mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        guard bytes.count <= Int(UInt32.max) else { throw JSONSyntaxError(.tooLong, at: 0) }
        var scanner = JSONScanner(bytes)
        guard try scanner.nextToken() == JSONByte.openBrace else { throw scanner.failure(.notAnObject) }
        if try scanner.enterObject(depth: 0) {
            repeat {
                let name = try scanner.memberName()
                let value = Value(span: try scanner.skipValue(depth: 1))
                guard let member = Member(named: name, in: bytes) else { continue }
                guard store(value, as: member) else {
                    throw JSONSyntaxError(.duplicateMember, at: name.range.lowerBound)
                }
            } while try scanner.hasNextMember()
        }
        try scanner.finish()
    }

    /// Keeps the value; false when the member has one already.
    @inline(__always)
    private mutating func store(_ value: Value, as member: Member) -> Bool {
        switch member {
        case .action: Self.fill(&action, with: value)
        case .apiKey: Self.fill(&apiKey, with: value)
        case .selfAPIKey: Self.fill(&selfAPIKey, with: value)
        case .deviceID: Self.fill(&deviceID, with: value)
        case .userAgent: Self.fill(&userAgent, with: value)
        case .sequence: Self.fill(&sequence, with: value)
        case .deviceSequence: Self.fill(&deviceSequence, with: value)
        case .seq: Self.fill(&seq, with: value)
        case .ts: Self.fill(&ts, with: value)
        case .version: Self.fill(&version, with: value)
        case .accessToken: Self.fill(&accessToken, with: value)
        case .appID: Self.fill(&appID, with: value)
        case .params: Self.fill(&params, with: value)
        case .error: Self.fill(&error, with: value)
        case .config: Self.fill(&config, with: value)
        }
    }

    @inline(__always)
    private static func fill(_ place: inout Value?, with value: Value) -> Bool {
        guard place == nil else { return false }
        place = value
        return true
    }
}

/// The members that an envelope keeps.
private enum Member {
    case action
    case apiKey
    case selfAPIKey
    case deviceID
    case userAgent
    case sequence
    case deviceSequence
    case seq
    case ts
    case version
    case accessToken
    case appID
    case params
    case error
    case config

    /// The member with this name; nil for names that the envelope does not keep.
    @inline(__always)
    init?(named name: JSONSpan, in bytes: UnsafeRawBufferPointer) {
        let contents = UnsafeRawBufferPointer(rebasing: bytes[name.contents])
        if name.hasEscapes {
            guard let member = JSONString.unescape(contents).withRawBytes({ Member(spelled: $0) }) else { return nil }
            self = member
        } else {
            guard let member = Member(spelled: contents) else { return nil }
            self = member
        }
    }

    /// Both spellings of the two keys are accepted: the documents say `apikey` and `selfApiKey`, clients send others.
    ///
    /// Source: `coolkit-websocket.md` §1.1, `coolkit-v1-http.md` §1.
    @inline(__always)
    private init?(spelled name: UnsafeRawBufferPointer) {
        switch name.count {
        case 2 where name.matches("ts"): self = .ts
        case 2 where name.matches("at"): self = .accessToken
        case 3 where name.matches("seq"): self = .seq
        case 5 where name.matches("d_seq"): self = .deviceSequence
        case 5 where name.matches("error"): self = .error
        case 5 where name.matches("appid"): self = .appID
        case 6 where name.matches("action"): self = .action
        case 6 where name.matches("apikey") || name.matches("apiKey"): self = .apiKey
        case 6 where name.matches("params"): self = .params
        case 6 where name.matches("config"): self = .config
        case 7 where name.matches("version"): self = .version
        case 8 where name.matches("deviceid"): self = .deviceID
        case 8 where name.matches("sequence"): self = .sequence
        case 9 where name.matches("userAgent"): self = .userAgent
        case 10 where name.matches("selfApikey") || name.matches("selfApiKey"): self = .selfAPIKey
        default: return nil
        }
    }
}
