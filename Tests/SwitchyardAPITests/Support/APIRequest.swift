import CoolkitWire
import NIOCore
import SwitchyardTransport

/// A request of a test, whatever way it goes to the API.
struct APIRequest: Sendable {
    var method: String
    /// Path and query, exactly as they stand in the request line.
    var target: String
    var headers: [(name: String, value: String)] = []
    var body: String?
    /// The listener it comes in on, for tests without sockets.
    var connection = APIRequest.publicConnection

    static let publicConnection = ConnectionInfo(
        listener: .public,
        localAddress: "192.0.2.2",
        localPort: 8_080,
        peerAddress: "192.0.2.10",
        peerPort: 50_000
    )

    static func get(_ target: String, token: String? = nil) -> APIRequest {
        APIRequest(method: "GET", target: target, token: token)
    }

    static func delete(_ target: String, token: String? = nil) -> APIRequest {
        APIRequest(method: "DELETE", target: target, token: token)
    }

    static func post(_ target: String, token: String? = nil, _ body: JSON) -> APIRequest {
        post(target, token: token, text: body.text)
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

    func from(_ listener: ListenerKind, at address: String, port: Int) -> APIRequest {
        var request = self
        request.connection = ConnectionInfo(
            listener: listener,
            localAddress: address,
            localPort: port,
            peerAddress: "192.0.2.20",
            peerPort: 50_000
        )
        return request
    }
}

/// What came back.
struct APIAnswer: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let text: String

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
