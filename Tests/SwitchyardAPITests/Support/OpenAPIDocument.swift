import CoolkitWire
import Foundation
import TestSupport
import Testing
import Yams

/// One of the contracts in `openapi/`.
struct OpenAPIDocument {
    enum Version: String, Sendable, CaseIterable {
        case v1 = "coolkit-v1.yaml"
        case v2 = "coolkit-v2.yaml"

        /// The contract that describes a path.
        init(path: String) {
            self = ["v2", "oauth"].contains(path.split(separator: "/").first) ? .v2 : .v1
        }
    }

    let node: Node

    init(_ version: Version) throws { try self.init(file: version.rawValue) }

    /// Reads one by the name of its file.
    init(file name: String) throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../openapi/\(name)").standardized
        node = try #require(try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8)))
    }

    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch"]

    /// Every operation with its path and method.
    var operations: [(path: String, method: String, node: Node)] {
        (node["paths"]?.mapping ?? [:]).flatMap { path, item in
            Self.methods.compactMap { method in
                item[method].map { (path.string ?? "", method.uppercased(), $0) }
            }
        }
    }

    /// Records an issue unless the answer fits the schema of the operation.
    func expectDescribed(_ answer: APIAnswer, to method: String, _ path: String) throws {
        let operation = try #require(operations.first { $0.path == path && $0.method == method })
        let content = operation.node["responses"]?.member("200")?["content"]?["application/json"]
        let schema = try #require(content?["schema"])
        let faults = SchemaValidator(document: node).faults(of: answer.json, against: schema)
        #expect(faults.isEmpty, "\(method) \(path): \(faults) in \(answer.text)")
    }
}
