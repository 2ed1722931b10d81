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
    static func object(
        status: HTTPResponse.Status = .ok,
        capacity: Int = 256,
        _ members: (inout JSONMembers) -> Void
    ) -> Response {
        var body = ByteBufferAllocator().buffer(capacity: capacity)
        body.writeJSONObject(members)
        return .json(body, status: status)
    }
}
