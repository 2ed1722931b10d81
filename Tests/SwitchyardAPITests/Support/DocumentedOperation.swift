import Foundation
import TestSupport
import Yams

/// What `openapi/coolkit-v1.yaml` says of an operation, beside its schemas.
struct DocumentedOperation: Sendable, CustomStringConvertible {
    let method: String
    /// In the notation of OpenAPI: `/api/user/device/{deviceid}`.
    let path: String
    /// Its security scheme; nil when it has none.
    let security: String?
    /// Every number that `error` or `code` can have, beside 0.
    let errors: Set<Int>

    /// Every operation of the file, those with fewer variables in their path first.
    static let coolkitV1 = Result {
        let document = try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8))
        let operations = (document?["paths"]?.mapping ?? [:]).flatMap { path, item in
            methods.compactMap { method in
                item[method].map { DocumentedOperation(method: method, path: path.string ?? "", node: $0) }
            }
        }
        return operations.sorted { $0.variables < $1.variables }
    }

    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch"]

    private static let file = URL(filePath: #filePath).appending(path: "../../../../openapi/coolkit-v1.yaml")
        .standardized

    private init(method: String, path: String, node: Node) {
        self.method = method.uppercased()
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
