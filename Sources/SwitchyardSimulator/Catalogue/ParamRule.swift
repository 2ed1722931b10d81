import CoolkitWire

/// Which values a device can apply to one of its params; others are refused, and nothing of the command is applied.
///
/// Source: `coolkit-websocket.md` §7: `error` 400 when the device could not apply it.
enum ParamRule: Sendable, Hashable {
    /// One of these texts.
    case words([String])
    /// A number.
    case integer(ClosedRange<Int>)
    /// A number that is a multiple of `by`.
    case steps(ClosedRange<Int>, by: Int)
    /// A number spelled as a text.
    case text(ClosedRange<Int>)
    case boolean
    /// A list of objects with `outlet`, a number, and a word each.
    case outlets(String, [String], count: Int)
    case list
    /// Measured, not to be set.
    case measured

    static let onOff = ParamRule.words(["on", "off"])

    func allows(_ value: JSON) -> Bool {
        switch self {
        case .words(let words): value.stringValue.map(words.contains) ?? false
        case .integer(let range): value.exactInteger.map(range.contains) ?? false
        case .steps(let range, let step): value.exactInteger.map { range.contains($0) && $0 % step == 0 } ?? false
        case .text(let range): value.stringValue.flatMap(Int.init).map(range.contains) ?? false
        case .boolean: value.boolValue != nil
        case .outlets(let key, let words, let count): Self.allows(value, key, words, count)
        case .list: value.arrayValue != nil
        case .measured: false
        }
    }

    private static func allows(_ value: JSON, _ key: String, _ words: [String], _ count: Int) -> Bool {
        guard let elements = value.arrayValue, !elements.isEmpty else { return false }
        return elements.allSatisfy { element in
            guard let outlet = element["outlet"]?.exactInteger, (0..<count).contains(outlet) else { return false }
            // An element may leave the word out: inching has a width besides.
            guard let word = element[key] else { return element.objectValue?.count ?? 0 > 1 }
            return word.stringValue.map(words.contains) ?? false
        }
    }

    /// The rules of params that mean the same wherever they occur; `count` is the number of outlets.
    ///
    /// Source: `uiid-catalogue.md` §1.
    static func common(outlets count: Int) -> [String: ParamRule] {
        [
            "switch": .onOff, "startup": .words(["on", "off", "stay"]), "pulse": .onOff,
            "pulseWidth": .steps(500...3_600_000, by: 500), "sledOnline": .onOff, "lock": .integer(0...1),
            "switches": .outlets("switch", ["on", "off"], count: count),
            "configure": .outlets("startup", ["on", "off", "stay"], count: count),
            "pulses": .outlets("pulse", ["on", "off"], count: count),
            "state": .onOff, "mainSwitch": .onOff,
        ]
    }
}

extension JSON {
    /// The integer of a number; a text spells none: firmware is picky here.
    ///
    /// Source: `coolkit-websocket.md` §12, `outlet` as a number.
    fileprivate var exactInteger: Int? { numberValue.flatMap { $0.int64 }.flatMap { Int(exactly: $0) } }
}
