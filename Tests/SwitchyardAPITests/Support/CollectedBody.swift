import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Keeps what a response writes.
final class CollectedBody: ResponseBodyWriter {
    private let buffer = Mutex(ByteBuffer())

    var text: String { buffer.withLock { String(buffer: $0) } }

    func write(_ bytes: ByteBuffer) async throws {
        buffer.withLock { _ = $0.writeImmutableBuffer(bytes) }
    }

    func finish(_ trailers: HTTPFields?) async throws {}
}
