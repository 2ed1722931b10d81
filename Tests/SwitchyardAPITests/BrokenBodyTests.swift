import HTTPTypes
import Hummingbird
import NIOCore
import SwitchyardCore
import Testing

@testable import SwitchyardAPI

/// Requests whose connection breaks before their body is there.
@Suite struct BrokenBodyTests {
    private struct Broken: Error {}

    private func request() -> Request {
        let body = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(string: "{"))
            continuation.finish(throwing: Broken())
        }
        let fields: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        let head = HTTPRequest(method: .post, scheme: "https", authority: "h", path: "/", headerFields: fields)
        return Request(head: head, body: RequestBody(asyncSequence: body))
    }

    @Test("It is the peer's failure, which nobody has to see to, and no internal error")
    func isNoFault() async {
        let body = await #expect(throws: SwitchyardError.self) { _ = try await RequestParameters.body(of: request()) }
        #expect(body?.code == .invalidInput)
        let form = await #expect(throws: SwitchyardError.self) { _ = try await FormBody(of: request()) }
        #expect(form?.code == .invalidInput)
    }
}
