import SwitchyardCore

extension ServerConfiguration {
    /// All settings as YAML that can be read back; with `origins`, each line tells who set it.
    ///
    /// Without `origins` it is a file for the data folder, which cannot name that folder: `data` is a comment.
    package func yaml(origins: [String: String]? = nil) -> String {
        var lines: [String] = []
        var open: [Substring] = []
        for field in ConfigurationField.table {
            let path = field.key.split(separator: ".")
            let sections = path.dropLast()
            let shared = zip(open, sections).prefix { $0.0 == $0.1 }.count
            for depth in shared..<sections.count {
                lines.append(Self.indent(depth) + sections[depth] + ":")
            }
            open = Array(sections)
            let line = Self.indent(sections.count) + "\(path.last ?? ""): \(field.value(self).yaml)"
            let isComment = field.key == "data" && origins == nil
            lines.append((isComment ? "# " : "") + line + (origins.map { "  # \($0[field.key] ?? "default")" } ?? ""))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// All settings as one JSON object, indented, keys in the order of the documentation.
    package func json() -> String {
        var text = "{"
        var open: [Substring] = []
        var needsComma = false
        func startLine(_ depth: Int) {
            text += (needsComma ? ",\n" : "\n") + Self.indent(depth + 1)
        }
        func close(to depth: Int) {
            while open.count > depth {
                open.removeLast()
                text += "\n" + Self.indent(open.count + 1) + "}"
                needsComma = true
            }
        }
        for field in ConfigurationField.table {
            let path = field.key.split(separator: ".")
            let sections = path.dropLast()
            close(to: zip(open, sections).prefix { $0.0 == $0.1 }.count)
            for section in sections[open.count...] {
                startLine(open.count)
                text += "\"\(section)\": {"
                open.append(section)
                needsComma = false
            }
            startLine(open.count)
            text += "\"\(path.last ?? "")\": \(field.value(self).json)"
            needsComma = true
        }
        close(to: 0)
        return text + "\n}\n"
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }
}

extension ConfigurationValue {
    /// A YAML scalar or flow list; texts are quoted when YAML could take them for something else.
    package var yaml: String {
        switch self {
        case .flag(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .text(let value): Self.isPlain(value) ? value : Self.quoted(value)
        case .list(let values): "[" + values.map(Self.quoted).joined(separator: ", ") + "]"
        }
    }

    package var json: String {
        switch self {
        case .flag(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .text(let value): Self.quoted(value)
        case .list(let values): "[" + values.map(Self.quoted).joined(separator: ", ") + "]"
        }
    }

    /// Begins with a letter and has nothing YAML gives a meaning; words like `off` are read as texts here anyway.
    private static func isPlain(_ text: String) -> Bool {
        text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "./_-".contains($0)) }
            && !["null", "true", "false", "yes", "no", "on"].contains(text.lowercased()) && Double(text) == nil
    }

    /// A JSON string, which is a double-quoted YAML scalar as well.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
