import CoolkitWire

extension FuzzTarget {
    /// The first line is a query, the rest a body: each verifies what was signed of it and nothing else.
    static let signature = FuzzTarget(name: "signature", maximumBytes: 1_024) { bytes in
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        let query = lines.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        try SignatureCheck(query: query).check()
        try checkHeader(query)
        try checkBody(lines.count > 1 ? Array(lines[1]) : [], foreign: query)
    }

    private static func checkBody(_ body: [UInt8], foreign: String) throws {
        let signature = RequestSignature.sign(body, secret: "secret")
        try require(RequestSignature.verify(signature, body: body, secret: "secret"), "its own signature is refused")
        try require(!RequestSignature.verify(signature, body: body, secret: "Secret"), "another secret will do")
        try require(!RequestSignature.verify(signature, body: body + [0x20], secret: "secret"), "a longer body will do")
        var other = body
        guard !other.isEmpty else { return }
        other[other.count / 2] ^= 1
        try require(!RequestSignature.verify(signature, body: other, secret: "secret"), "another body will do")
        try require(!RequestSignature.verify(foreign, body: body, secret: "secret"), "any text is a signature")
    }

    private static func checkHeader(_ text: String) throws {
        switch AuthorizationHeader(text) {
        case .sign(let value), .bearer(let value):
            let blanks: Set<Character> = [" ", "\t"]
            let isTrimmed = !blanks.contains(value.first ?? "x") && !blanks.contains(value.last ?? "x")
            try require(isTrimmed && value.utf8.count < text.utf8.count, "the value is \(value)")
        case .other, nil: break
        }
    }
}

/// The messages that may have been signed for a query.
private struct SignatureCheck {
    let query: String

    func check() throws {
        let strict = RequestSignature.queryMessages(query: query, strict: true)
        let lenient = RequestSignature.queryMessages(query: query, strict: false)
        try require(strict.count <= 2 && lenient.count <= 8, "\(strict.count) and \(lenient.count) messages")
        try require(lenient.starts(with: strict), "the strict messages are not the first")
        try require(Set(lenient).count == lenient.count, "a message is tried twice")
        // A parameter without a value gains its `=`.
        let longest = query.utf8.count + RequestSignature.maximumQueryParameters
        try require(lenient.allSatisfy { $0.count <= longest }, "a message is longer than the query")
        // The likeliest and the one that takes all comparisons.
        for message in Set([lenient.first, lenient.last].compactMap(\.self)) {
            let signature = RequestSignature.sign(message, secret: "secret")
            let isVerified = RequestSignature.verify(signature, query: query, secret: "secret", strict: false)
            try require(isVerified, "a candidate does not verify")
        }
        try checkSpelling(strict)
        try checkOrder(strict)
    }

    /// A parameter's bytes count, not how they are spelled: with everything percent-encoded the message is the same.
    private func checkSpelling(_ strict: [[UInt8]]) throws {
        guard let first = strict.first else { return }
        let encoded = pairs.map { sides in sides.map(Self.encoded).joined(separator: "=") }.joined(separator: "&")
        let again = RequestSignature.queryMessages(query: encoded, strict: true).first
        try require(again == first, "encoded it is \(again.map { String(decoding: $0, as: UTF8.self) } ?? "nothing")")
    }

    /// The order on the wire is of no matter when no name stands twice.
    private func checkOrder(_ strict: [[UInt8]]) throws {
        let names = pairs.map { Self.decoded($0[0]) }
        guard Set(names).count == names.count else { return }
        let reversed = pairs.reversed().map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "=") }
        let again = RequestSignature.queryMessages(query: reversed.joined(separator: "&"), strict: true)
        try require(again.first == strict.first, "in another order it is another message")
    }

    private var pairs: [[[UInt8]]] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        }
    }

    private static func encoded(_ text: [UInt8]) -> String {
        decoded(text).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "%0" + digits : "%" + digits
        }.joined()
    }

    /// RFC 3986 §2.1, written down once more.
    private static func decoded(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            let isEscape = byte == UInt8(ascii: "%") && rest.count >= 2 && digits.allSatisfy(\.isHexDigit)
            if isEscape, digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
