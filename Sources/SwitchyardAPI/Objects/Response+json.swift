import Hummingbird
import NIOCore

extension Response {
    /// An answer whose body is this JSON: `Content-Type` is always the same, `Content-Length` always there.
    ///
    /// Source: `coolkit-v1-http.md` §1 ("Encoding"), §5.3 (never chunked).
    static func json(_ body: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    }

    /// An answer whose body is one JSON object.
    ///
    /// - Parameter holdsTokens: nobody may store the answer, and it is not compressed: how well it compresses would tell about
    ///   the tokens.
    static func object(
        status: HTTPResponse.Status = .ok,
        capacity: Int = 256,
        holdsTokens: Bool = false,
        _ members: (inout JSONMembers) -> Void
    ) -> Response {
        var body = ByteBufferAllocator().buffer(capacity: capacity)
        body.writeJSONObject(members)
        var response = Response.json(body, status: status)
        if holdsTokens { response.headers[.cacheControl] = "no-store" }
        return response
    }
}
