/// A JSON value of any form: for bodies and `params` that must survive as they came.
///
/// Numbers keep their spelling and objects the order of their members. For messages on the hub's path use ``Envelope``
/// and ``ParamsDocument``, which build no tree.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    indirect case array([JSON])
    indirect case object(JSONObject)
}

/// Texts are told apart by their bytes, as devices do: not by what Unicode holds for equivalent, which also takes time with
/// the square of a row of combining marks.
extension JSON: Hashable {
    package static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let number): hasher.combine(number)
        case .string(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .array(let elements): hasher.combine(elements)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension JSON {
    package var isNull: Bool { self == .null }

    package var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var objectValue: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }

    package var arrayValue: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var numberValue: JSONNumber? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// The integer that a number stands for, or a text that spells one.
    ///
    /// Source: `coolkit-v1-http.md` §1, "Numbers as text": `version` and `ts` arrive as number or as string.
    package var intValue: Int? {
        switch self {
        case .number(let number): number.int64.flatMap { Int(exactly: $0) }
        case .string(let text): Int(text)
        default: nil
        }
    }

    /// The same as ``intValue``.
    package var lenientInt: Int? { intValue }

    /// The member of an object; nil for what is no object.
    ///
    /// Setting turns `null` into an object and leaves others alone.
    package subscript(key: String) -> JSON? {
        get { objectValue?[key] }
        set {
            switch self {
            case .object(var object):
                self = .null
                object[key] = newValue
                self = .object(object)
            case .null:
                self = .object(newValue.map { [key: $0] } ?? [:])
            default:
                break
            }
        }
    }
}
