/// A coding that answers are compressed with.
///
/// `deflate` is the zlib form, as RFC 9110 has it.
enum ContentCoding: String, Hashable, Sendable {
    case gzip
    case deflate

    /// The coding that the values of `Accept-Encoding` ask for; nil when the answer goes out as it is.
    ///
    /// Only a client that asks is compressed for: without the field, and where it weighs `identity` above both codings, nothing
    /// is. Of two equal weights gzip wins. An element that cannot be read asks for nothing. A client that refuses everything,
    /// `identity` too, gets the answer as it is: there is no status to refuse it with.
    ///
    /// Source: RFC 9110 §12.4.2, §12.5.3.
    static func agreed(_ fields: [String]) -> ContentCoding? {
        var weights: [String: Int] = [:]
        for element in fields.flatMap({ $0.split(separator: ",") }) {
            let parts = element.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
            guard let name = parts.first?.lowercased(), !name.isEmpty else { continue }
            weights[name == "x-gzip" ? "gzip" : name] = weight(parts.dropFirst())
        }
        let gzip = weights["gzip"] ?? weights["*"] ?? 0
        let deflate = weights["deflate"] ?? weights["*"] ?? 0
        guard max(gzip, deflate) > 0, max(gzip, deflate) >= weights["identity"] ?? 0 else { return nil }
        return gzip >= deflate ? .gzip : .deflate
    }

    /// In thousandths; 1000 without a parameter, 0 when it is malformed.
    private static func weight(_ parameters: ArraySlice<Substring>) -> Int {
        guard let parameter = parameters.first else { return 1_000 }
        let sides = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
        guard parameters.count == 1, sides.count == 2, sides[0].lowercased() == "q" else { return 0 }
        let digits = sides[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = digits.count > 1 ? digits[1] : ""
        guard let whole = digits.first, whole == "0" || whole == "1", fraction.utf8.count <= 3,
            fraction.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return 0 }
        let thousandths = Int((fraction + "000").prefix(3)) ?? 0
        return whole == "1" ? (thousandths == 0 ? 1_000 : 0) : thousandths
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = text.firstIndex(where: { !isBlank($0) }),
            let end = text.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return text[start...end]
    }
}
