import CoolkitWire
import Yams

/// Checks values against the part of JSON Schema that `openapi/` uses.
struct SchemaValidator {
    let document: Node

    /// What is wrong with a value, each fault with where it is; empty when it fits.
    func faults(of value: JSON, against schema: Node, at place: String = "$") -> [String] {
        if let reference = schema["$ref"]?.string {
            guard let target = resolve(reference) else { return ["\(place): no schema \(reference)"] }
            return self.faults(of: value, against: target, at: place)
        }
        if let choices = schema["oneOf"]?.sequence {
            let results = choices.map { self.faults(of: value, against: $0, at: place) }
            return results.contains([]) ? [] : ["\(place) fits none: \(results)"]
        }
        var faults = typeFaults(of: value, schema: schema, at: place)
        if let constant = schema["const"], constant.json != value {
            faults.append("\(place) is not \(constant.json.text)")
        }
        if let choices = schema["enum"]?.sequence, !choices.contains(where: { $0.json == value }) {
            faults.append("\(place) is none of its values")
        }
        faults += textFaults(of: value, schema: schema, at: place)
        faults += memberFaults(of: value, schema: schema, at: place)
        if let items = schema["items"], let elements = value.arrayValue {
            for (index, element) in elements.enumerated() {
                faults += self.faults(of: element, against: items, at: "\(place)[\(index)]")
            }
        }
        return faults
    }

    private func typeFaults(of value: JSON, schema: Node, at place: String) -> [String] {
        guard let type = schema["type"] else { return [] }
        let names = type.sequence.map { $0.compactMap(\.string) } ?? [type.string ?? ""]
        return names.contains { value.isOf(type: $0) } ? [] : ["\(place) is no \(names.joined(separator: " or "))"]
    }

    private func textFaults(of value: JSON, schema: Node, at place: String) -> [String] {
        guard let text = value.stringValue else {
            guard let minimum = schema["minimum"]?.int, let number = value.intValue, number < minimum else { return [] }
            return ["\(place) is below \(minimum)"]
        }
        var faults: [String] = []
        if let pattern = schema["pattern"]?.string, (try? Regex(pattern).firstMatch(in: text)) == nil {
            faults.append("\(place) does not match \(pattern)")
        }
        if let maximum = schema["maxLength"]?.int, text.count > maximum { faults.append("\(place) is too long") }
        return faults
    }

    private func memberFaults(of value: JSON, schema: Node, at place: String) -> [String] {
        guard let object = value.objectValue else { return [] }
        let required = schema["required"]?.sequence?.compactMap(\.string) ?? []
        var faults = required.filter { object[$0] == nil }.map { "\(place).\($0) is missing" }
        // Our own answers may have no member that is not described.
        for (name, member) in object {
            if let property = schema["properties"]?.member(name) {
                faults += self.faults(of: member, against: property, at: "\(place).\(name)")
            } else if let others = schema["additionalProperties"], others.mapping != nil {
                faults += self.faults(of: member, against: others, at: "\(place).\(name)")
            } else if schema["properties"] != nil {
                faults.append("\(place).\(name) is not described")
            }
        }
        return faults
    }

    /// The places of objects with described members that may have others as well.
    func openObjects(in schema: Node, at place: String = "$", within references: [String] = []) -> [String] {
        if let reference = schema["$ref"]?.string {
            guard !references.contains(reference), let target = resolve(reference) else { return [] }
            return openObjects(in: target, at: place, within: references + [reference])
        }
        var open: [String] = []
        if schema["properties"] != nil, schema["additionalProperties"] == nil { open.append(place) }
        for (name, property) in schema["properties"]?.mapping ?? [:] {
            open += openObjects(in: property, at: "\(place).\(name.string ?? "")", within: references)
        }
        let parts = (schema["oneOf"]?.sequence.map(Array.init) ?? []) + [schema["items"]].compactMap(\.self)
        return open + parts.flatMap { openObjects(in: $0, at: place, within: references) }
    }

    private func resolve(_ reference: String) -> Node? {
        reference.split(separator: "/").dropFirst().reduce(document as Node?) { $0?[String($1)] }
    }
}

extension JSON {
    fileprivate func isOf(type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number(let number): type == "number" || type == "integer" && number.int64 != nil
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

extension Node {
    /// The member whose name has this text, whatever YAML would take an unquoted one for.
    func member(_ name: String) -> Node? { mapping?.first { $0.key.string == name }?.value }

    /// The same value as JSON; plain scalars are what YAML's core schema makes of them.
    var json: JSON {
        switch self {
        case .mapping(let mapping): .object(JSONObject(mapping.map { ($0.key.string ?? "", $0.value.json) }))
        case .sequence(let sequence): .array(sequence.map(\.json))
        case .scalar(let scalar) where scalar.style == .plain:
            bool.map { JSON($0) } ?? int.map { JSON($0) } ?? float.map { JSON($0) }
                ?? (null == nil ? .string(scalar.string) : nil)
        case .scalar(let scalar): .string(scalar.string)
        case .alias: .null
        }
    }
}
