import Foundation
import NIOCore

/// A file as a sequence of its parts, so that it is never whole in memory.
struct FileChunks: AsyncSequence, Sendable {
    private static let chunkBytes = 65_536

    let byteCount: Int64
    private let path: String

    /// Throws a local fault when the file cannot be read or is none.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        // What keeps a file from being looked at keeps it from being read: the message is the same.
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? NSNumber,
            FileManager.default.isReadableFile(atPath: path)
        else { throw .local("\(path) cannot be read as a file; check the path and its permissions") }
        byteCount = size.int64Value
    }

    func makeAsyncIterator() -> Iterator { Iterator(handle: FileHandle(forReadingAtPath: path)) }

    struct Iterator: AsyncIteratorProtocol {
        let handle: FileHandle?

        mutating func next() async throws -> ByteBuffer? {
            guard let data = try handle?.read(upToCount: FileChunks.chunkBytes), !data.isEmpty else { return nil }
            return ByteBuffer(bytes: data)
        }
    }
}
