import Synchronization

/// Images that were uploaded and are in no release yet, the oldest first.
final class StagedImages: Sendable {
    /// More than this do not wait: whoever uploads makes a release of it at once.
    private static let limit = 16

    private let digests = Mutex<[ImageDigest]>([])

    /// Enters an image; returns those that have to go for it.
    func insert(_ digest: ImageDigest) -> [ImageDigest] {
        digests.withLock { digests in
            digests.removeAll { $0 == digest }
            digests.append(digest)
            let surplus = max(0, digests.count - Self.limit)
            defer { digests.removeFirst(surplus) }
            return Array(digests.prefix(surplus))
        }
    }

    func holds(_ digest: ImageDigest) -> Bool { digests.withLock { $0.contains(digest) } }

    func remove(_ digest: ImageDigest) { digests.withLock { $0.removeAll { $0 == digest } } }
}
