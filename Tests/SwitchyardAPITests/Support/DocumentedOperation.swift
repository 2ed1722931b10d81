import TestSupport
import Yams

/// What a contract says of an operation, beside its schemas.
struct DocumentedOperation: Sendable, CustomStringConvertible {
    let method: String
    /// In the notation of OpenAPI: `/api/user/device/{deviceid}`.
    let path: String
    /// Its security scheme; nil when it has none.
    let security: String?
    /// Every number that `error` or `code` can have, beside 0.
    let errors: Set<Int>

    /// Every operation of a contract, those with fewer variables in their path first.
    static func all(of version: OpenAPIDocument.Version) throws -> [DocumentedOperation] {
        try (version == .v1 ? version1 : version2).get()
    }

    // Read once, as every fault of the tables asks.
    private static let version1 = Result { try read(.v1) }
    private static let version2 = Result { try read(.v2) }

    private static func read(_ version: OpenAPIDocument.Version) throws -> [DocumentedOperation] {
        try OpenAPIDocument(version).operations
            .map { DocumentedOperation(method: $0.method, path: $0.path, node: $0.node) }
            .sorted { $0.variables < $1.variables }
    }

    private init(method: String, path: String, node: Node) {
        self.method = method
        self.path = path
        security = node["security"]?.sequence?.first?.mapping?.keys.first?.string
        errors = Set(node["x-errors"]?.sequence?.compactMap(\.int) ?? [])
    }

    var description: String { "\(method) \(path)" }

    private var variables: Int { path.split(separator: "/").count { $0.hasPrefix("{") } }

    /// Whether a request goes to it; empty parts of the path do not count.
    func answers(_ method: String, _ target: String) -> Bool {
        let asked = target.prefix { $0 != "?" }.split(separator: "/")
        let parts = path.split(separator: "/")
        return self.method == method && asked.count == parts.count
            && zip(asked, parts).allSatisfy { $1.hasPrefix("{") || $0 == $1 }
    }
}
