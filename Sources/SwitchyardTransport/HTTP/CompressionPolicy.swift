import NIOHTTP1

/// Which answers of a listener are worth compressing, and which must not be.
///
/// Source: `design.md` §9 ("HTTP compression").
package struct CompressionPolicy: Sendable {
    /// Bodies up to this size are sent as they are: they fit into a segment or two anyway.
    static let minimumBytes = 1_024
    /// Bodies above this size are sent as they are.
    ///
    /// Compressing happens on the connection's event loop, beside the messages of the hub: this bounds how long those wait, to
    /// about 3 ms.
    static let maximumBytes = 262_144

    /// Paths that are never compressed, with everything below them, each in its parts.
    private let excludedPaths: [[Substring]]

    /// - Parameter excluding: paths that devices call, such as `/dispatch/device`.
    package init(excluding paths: [String] = []) {
        excludedPaths = paths.map { $0.split(separator: "/") }
    }

    /// Whether the answer to a request may be compressed at all.
    ///
    /// Empty parts of the path do not count, as they do not for the router.
    func mayCompressAnswer(to head: HTTPRequestHead) -> Bool {
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        return !excludedPaths.contains { path.starts(with: $0) }
    }

    /// Whether an answer is of a kind and size that is compressed for those who ask.
    ///
    /// Not one that must not be stored: it holds tokens, and how well a body compresses tells about what is in it.
    func concerns(_ head: HTTPResponseHead) -> Bool {
        guard head.status == .ok, head.headers.first(name: "content-type")?.hasPrefix("application/json") == true,
            let length = head.headers.first(name: "content-length").flatMap(Int.init)
        else { return false }
        let holdsTokens = head.headers["cache-control"].contains { $0.contains("no-store") }
        return (Self.minimumBytes + 1...Self.maximumBytes).contains(length) && !holdsTokens
    }
}
