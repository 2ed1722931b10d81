import Configuration
import FoundationEssentials
import Yams

/// The configuration file: its values as a source, and its keys with their lines.
///
/// YAML and JSON are read by one parser, JSON being YAML once tabs between its tokens are spaces.
struct ConfigurationFile {
    let path: String
    /// Nil when the file holds no settings.
    let snapshot: (any ConfigSnapshot)?
    /// Every key that has a value, dotted, with its line.
    let lines: [(key: String, line: Int)]

    /// Reads `path`; throws one fault that says what to do.
    init(path: String) throws(ConfigurationFault) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationFault(place: path, problem: "cannot be read; check the path and the file's permissions")
        }
        guard data.count <= 1 << 20, let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationFault(place: path, problem: "is not a YAML or JSON text of at most 1 MiB")
        }
        try self.init(path: path, text: text)
    }

    init(path: String, text: String) throws(ConfigurationFault) {
        let yaml = path.hasSuffix(".json") ? String(text.map { $0 == "\t" ? " " : $0 }) : text
        self.path = path
        do {
            guard let root = try Yams.compose(yaml: yaml), !Self.isNull(root) else {
                snapshot = nil
                lines = []
                return
            }
            guard let mapping = root.mapping else {
                throw ConfigurationFault(place: path, problem: "must hold a mapping of settings (`key: value`)")
            }
            lines = try Self.keys(of: mapping, below: "", path: path)
            snapshot = try YAMLSnapshot(data: Data(yaml.utf8).bytes, providerName: path, parsingOptions: .default)
        } catch let fault as ConfigurationFault {
            throw fault
        } catch {
            throw ConfigurationFault(place: path, problem: "is not valid YAML or JSON: \(error)")
        }
    }

    /// Walks the tree; sections and settings without a value (`listeners:` with all lines below it commented out) are left out.
    private static func keys(
        of mapping: Node.Mapping,
        below prefix: String,
        path: String
    ) throws(ConfigurationFault) -> [(key: String, line: Int)] {
        var found: [(key: String, line: Int)] = []
        for (keyNode, value) in mapping {
            let line = keyNode.mark?.line ?? 0
            guard let name = keyNode.string else {
                throw ConfigurationFault(place: "\(path):\(line)", problem: "the key is not a text")
            }
            let key = prefix.isEmpty ? name : "\(prefix).\(name)"
            if let inner = value.mapping {
                found += try keys(of: inner, below: key, path: path)
            } else if !isNull(value) {
                found.append((key, line))
            }
        }
        return found
    }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar else { return false }
        return scalar.style == .plain && isNull(scalar.string)
    }

    /// Whether a plain YAML scalar stands for "no value".
    static func isNull(_ text: String) -> Bool { text.isEmpty || text == "~" || text == "null" }

    /// Where `key` stands: `switchyard.yaml:12: listeners.public.port`.
    func place(of key: String) -> String {
        guard let line = lines.first(where: { $0.key == key })?.line else { return "\(path): \(key)" }
        return "\(path):\(line): \(key)"
    }
}
