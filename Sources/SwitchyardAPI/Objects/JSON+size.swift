import CoolkitWire

extension JSON {
    /// About how many bytes it takes when it is written: escapes are not counted.
    var size: Int {
        switch self {
        case .null, .bool: 5
        case .number(let number): number.text.utf8.count
        case .string(let text): text.utf8.count + 2
        case .array(let elements): elements.reduce(2) { $0 + $1.size + 1 }
        case .object(let object): object.size
        }
    }
}

extension JSONObject {
    /// The same of an object.
    var size: Int { reduce(2) { $0 + $1.key.utf8.count + 4 + $1.value.size } }
}
