/// What the lines of one request's head say about where it ends.
///
/// Sources: RFC 9112 §3 (request line), §3.2 (target, Host), §5 (fields), §6 (length); RFC 9110 §5.6.2 (tokens).
struct RequestHeadLines {
    enum Framing: Hashable {
        case length(Int)
        case chunked
    }

    /// The path of the target; empty until the request line is there.
    private(set) var path = ""
    private var isVersion10 = false
    /// Of a target in absolute form.
    private var authority: [UInt8]?
    private var host: [UInt8]?
    private var contentLength: Int?
    private var isChunked = false

    // MARK: The request line

    mutating func begin(with line: [UInt8]) throws(RequestFault) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3 else { throw .malformed("no request line") }
        let method = words[0]
        guard !method.isEmpty, method.allSatisfy({ HTTPCharacters.isUpperCase($0) || $0 == UInt8(ascii: "-") }) else {
            throw .malformed("no method")
        }
        try readVersion(words[2])
        try readTarget(words[1], isOptions: method.elementsEqual("OPTIONS".utf8))
    }

    private mutating func readVersion(_ text: ArraySlice<UInt8>) throws(RequestFault) {
        if text.elementsEqual("HTTP/1.1".utf8) { return }
        isVersion10 = text.elementsEqual("HTTP/1.0".utf8)
        guard !isVersion10 else { return }
        let isOtherVersion =
            text.count == 8 && text.starts(with: "HTTP/".utf8) && text.dropFirst(6).first == UInt8(ascii: ".")
        throw RequestFault(statusCode: isOtherVersion ? 505 : 400, reason: "no version of HTTP/1")
    }

    private mutating func readTarget(_ target: ArraySlice<UInt8>, isOptions: Bool) throws(RequestFault) {
        guard target.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw .malformed("a target with what does not belong there")
        }
        if target.first == UInt8(ascii: "/") {
            path = String(decoding: target.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        } else if let authority = Self.authority(of: target) {
            guard HTTPCharacters.isHost(authority) else { throw .malformed("a target without a host") }
            self.authority = authority
        } else if !isOptions || !target.elementsEqual("*".utf8) {
            throw .malformed("a target that is no path")
        }
    }

    private static func authority(of target: ArraySlice<UInt8>) -> [UInt8]? {
        let lowered = target.map(HTTPCharacters.lowered)
        for scheme in ["http://", "https://"] where lowered.starts(with: scheme.utf8) {
            let rest = lowered.dropFirst(scheme.utf8.count)
            return Array(rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") })
        }
        return nil
    }

    // MARK: Fields

    /// Takes a field line; whether it is `Upgrade`.
    mutating func add(_ line: [UInt8], checksHost: Bool) throws(RequestFault) -> Bool {
        let (name, value) = try Self.split(line)
        switch name {
        case "content-length":
            guard contentLength == nil else { throw .malformed("two lengths") }
            // 18 digits are within an Int, and far beyond what is taken.
            guard (1...18).contains(value.count), value.allSatisfy(HTTPCharacters.isDigit) else {
                throw .malformed("no length")
            }
            contentLength = Int(String(decoding: value, as: UTF8.self))
        case "transfer-encoding":
            guard !isChunked, value.map(HTTPCharacters.lowered) == Array("chunked".utf8) else {
                throw .malformed("a transfer coding other than chunked alone")
            }
            isChunked = true
        case "host":
            guard host == nil else { throw .malformed("two hosts") }
            guard !checksHost || HTTPCharacters.isHost(value) else { throw .malformed("no host") }
            host = value.map(HTTPCharacters.lowered)
        case "upgrade": return true
        default: break
        }
        return false
    }

    /// Fields behind a chunked body may not change what the request was.
    static func checkTrailer(_ line: [UInt8]) throws(RequestFault) {
        switch try split(line).name {
        case "content-length", "transfer-encoding", "host", "upgrade", "connection", "authorization":
            throw .malformed("a trailer that belongs into the head")
        default: break
        }
    }

    /// Name in lower case, and the value without the blanks around it.
    ///
    /// A folded line begins with a blank, which no name does.
    private static func split(_ line: [UInt8]) throws(RequestFault) -> (name: String, value: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { throw .malformed("no field name") }
        let name = line[..<colon]
        guard name.allSatisfy(HTTPCharacters.isToken) else { throw .malformed("a field name with what no name has") }
        var value = line[(colon + 1)...].drop(while: HTTPCharacters.isBlank)
        while let last = value.last, HTTPCharacters.isBlank(last) { value.removeLast() }
        return (String(decoding: name.map(HTTPCharacters.lowered), as: UTF8.self), value)
    }

    // MARK: The end of the head

    func framing(checksHost: Bool) throws(RequestFault) -> Framing {
        if checksHost {
            guard isVersion10 || host != nil else { throw .malformed("no host") }
            guard authority == nil || host == nil || authority == host else { throw .malformed("two hosts") }
        }
        guard isChunked else { return .length(contentLength ?? 0) }
        guard contentLength == nil else { throw .malformed("a length, and chunks") }
        guard !isVersion10 else { throw .malformed("chunks in HTTP/1.0") }
        return .chunked
    }
}
