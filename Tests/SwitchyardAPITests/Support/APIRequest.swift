import CoolkitWire
import TestSupport

/// A request of a test, as it shall stand on the wire.
struct APIRequest: Sendable {
    var method: String
    /// Path and query, exactly as they stand in the request line.
    var target: String
    var headers: [(name: String, value: String)] = []
    var body: String?
    /// The listener it goes to.
    var listener = TestListener.public

    static func get(_ target: String, token: String? = nil) -> APIRequest {
        APIRequest(method: "GET", target: target, token: token)
    }

    static func delete(_ target: String, token: String? = nil) -> APIRequest {
        APIRequest(method: "DELETE", target: target, token: token)
    }

    static func post(_ target: String, token: String? = nil, _ body: JSON) -> APIRequest {
        post(target, token: token, text: body.text)
    }

    static func put(_ target: String, token: String? = nil, _ body: JSON) -> APIRequest {
        put(target, token: token, text: body.text)
    }

    static func put(_ target: String, token: String? = nil, text: String?) -> APIRequest {
        var request = post(target, token: token, text: text)
        request.method = "PUT"
        return request
    }

    static func post(_ target: String, token: String? = nil, text: String?) -> APIRequest {
        var request = APIRequest(method: "POST", target: target, token: token)
        request.body = text
        request.headers.append(("Content-Type", "application/json"))
        return request
    }

    init(method: String, target: String, token: String? = nil) {
        self.method = method
        self.target = target
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
    }

    /// The same with the `Authorization` of a call before log-in.
    func signed(_ secret: String) -> APIRequest {
        let query = target.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        let message = body.map { Array($0.utf8) } ?? RequestSignature.queryMessages(query: query, strict: true)[0]
        return adding("Authorization", "Sign " + RequestSignature.sign(message, secret: secret))
    }

    func adding(_ name: String, _ value: String) -> APIRequest {
        var request = self
        request.headers.append((name, value))
        return request
    }

    /// The same without its `Authorization`, or with this one.
    func authorized(_ value: String?) -> APIRequest {
        var request = self
        request.headers.removeAll { $0.name == "Authorization" }
        return value.map { request.adding("Authorization", $0) } ?? request
    }

    /// The same, sent to another listener.
    func through(_ listener: TestListener) -> APIRequest {
        var request = self
        request.listener = listener
        return request
    }

    /// What goes over the wire.
    var bytes: String {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: hub.example.org"]
        lines += headers.map { "\($0.name): \($0.value)" }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }
}

/// What came back.
struct APIAnswer: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let text: String

    init(_ answer: RawHTTPAnswer) {
        status = answer.status
        headers = Dictionary(answer.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + "," + $1 }
        text = answer.body
    }

    /// The body; null when it is no JSON.
    var json: JSON {
        // A body that is no JSON fails the test at what it expects of the body.
        (try? JSON(parsing: text)) ?? .null
    }

    subscript(key: String) -> JSON? { json[key] }

    /// `error` as a number, or `code` where `error` is a text.
    var error: Int? {
        if case .number? = self["error"] { return self["error"]?.intValue }
        return self["code"]?.intValue
    }

    /// The names of an object's members in their order.
    var keys: [String] { json.objectValue?.keys ?? [] }
}
