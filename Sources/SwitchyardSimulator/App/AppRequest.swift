import CoolkitWire
import NIOCore
import NIOHTTP1

/// How a call says who makes it.
///
/// Source: `coolkit-v1-http.md` §1.2.
package enum AppAuthorization: Sendable, Hashable, CaseIterable {
    /// `Sign`, with the app's secret: before log-in.
    case sign
    /// `Bearer`, with the access token: after it.
    case bearer
    case none
}

/// The parameters that go with every call.
///
/// Source: `coolkit-v1-http.md` §1.1.
struct GeneralParameters: Sendable, Hashable {
    let appID: AppID
    let nonce: String
    let timestamp: Int64

    var members: JSONObject {
        ["appid": .string(appID.rawValue), "nonce": .string(nonce), "ts": JSON(timestamp), "version": 8]
    }

    var query: [(String, String)] {
        [("appid", appID.rawValue), ("nonce", nonce), ("ts", String(timestamp)), ("version", "8")]
    }
}

/// A call's query and body with the general parameters in their place.
struct AppRequest {
    let query: [(String, String)]
    let body: ByteBuffer?

    init(method: HTTPMethod, query: [(String, String)], body: JSONObject?, general: GeneralParameters?) {
        let takesBody = method == .POST || method == .PUT
        guard takesBody, body != nil || general != nil else {
            let given = Set(query.map(\.0))
            self.query = query + (general?.query ?? []).filter { !given.contains($0.0) }
            self.body = nil
            return
        }
        var members = general?.members ?? [:]
        for (key, value) in body ?? [:] { members[key] = value }
        self.query = query
        self.body = JSON.object(members).buffer
    }

    /// What a signature is made of: the body, or the query sorted by the bytes of the names.
    ///
    /// Source: `test-vectors.md` §1, rules R2 to R4.
    var signedMessage: [UInt8] {
        if let body { return Array(body.readableBytesView) }
        let sorted = query.filter { $0.0 != "sign" }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        return Array(sorted.map { "\($0.0)=\($0.1)" }.joined(separator: "&").utf8)
    }
}
