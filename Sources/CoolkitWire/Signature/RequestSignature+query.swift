extension RequestSignature {
    /// More parameters than any client sends; a query with more has no messages.
    package static let maximumQueryParameters = 64

    /// The messages that a client may have signed for this query, in the order in which they are tried, each once.
    ///
    /// (a) sorted by the bytes of the names, values percent-decoded, `+` first as itself and then as a space; the rest
    /// only when not `strict`: (b) sorted, values as on the wire; (c) the same with names sorted without regard to
    /// case; (d) in the order of the wire, decoded. A parameter called `sign` is left out. Source: `test-vectors.md`
    /// §1, R3, R4 and "Lenient verification".
    package static func queryMessages(query: String, strict: Bool) -> [[UInt8]] {
        let pairs = query.utf8.split(separator: UInt8(ascii: "&"), maxSplits: maximumQueryParameters).map(
            QueryPair.init
        )
        guard pairs.count <= maximumQueryParameters else { return [] }
        let forms = [QueryForm.decoded, .decodedWithSpaces, .raw].map { form in
            pairs.map { $0.in(form) }.filter { !$0.name.elementsEqual("sign".utf8) }
        }
        var candidates = forms.prefix(2).map { message($0.sorted { $0.name.lexicographicallyPrecedes($1.name) }) }
        if !strict {
            candidates.append(message(forms[2].sorted { $0.name.lexicographicallyPrecedes($1.name) }))
            for form in forms {
                let folded = form.map { (name: $0.foldedName, pair: $0) }
                candidates.append(message(folded.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map(\.pair)))
            }
            candidates += forms.prefix(2).map(message)
        }
        return candidates.reduce(into: []) { messages, candidate in
            if !messages.contains(candidate) { messages.append(candidate) }
        }
    }

    private static func message(_ pairs: [QueryPair]) -> [UInt8] {
        Array(pairs.map { $0.name + [UInt8(ascii: "=")] + $0.value }.joined(separator: [UInt8(ascii: "&")]))
    }
}

/// How the names and values of a query are read.
private enum QueryForm {
    case decoded
    case decodedWithSpaces
    case raw
}

/// One `name=value` of a query.
private struct QueryPair {
    var name: [UInt8]
    var value: [UInt8]

    init(_ text: Substring.UTF8View) {
        let parts = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        name = parts.first.map(Array.init) ?? []
        value = parts.count > 1 ? Array(parts[1]) : []
    }

    var foldedName: [UInt8] { name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }

    func `in`(_ form: QueryForm) -> QueryPair {
        guard form != .raw else { return self }
        var pair = self
        pair.name = Self.decoded(name, plusIsSpace: form == .decodedWithSpaces)
        pair.value = Self.decoded(value, plusIsSpace: form == .decodedWithSpaces)
        return pair
    }

    /// Resolves `%XX`; what is not such a group stays as it is.
    private static func decoded(_ text: [UInt8], plusIsSpace: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                let high = JSONByte.hexadecimalValue(text[index + 1]),
                let low = JSONByte.hexadecimalValue(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(plusIsSpace && text[index] == UInt8(ascii: "+") ? 0x20 : text[index])
                index += 1
            }
        }
        return bytes
    }
}
