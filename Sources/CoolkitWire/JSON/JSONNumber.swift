/// A JSON number with the spelling it came in: `1`, `1.0` and `1e0` are different.
///
/// Source: `style.md` §4: the difference between `1`, `1.0` and `"1"` survives.
package struct JSONNumber: Hashable, Sendable {
    /// The number as RFC 8259 §6 spells it.
    package let text: String

    package init(_ value: Int) { text = String(value) }
    package init(_ value: Int64) { text = String(value) }

    /// Takes a finite number; JSON has no others.
    package init(_ value: Double) {
        precondition(value.isFinite, "JSON has no spelling for \(value)")
        text = String(describing: value)
    }

    /// Takes a spelling, or nothing when it is not a JSON number.
    package init?(spelling: String) {
        guard case .number(let number)? = try? JSON(parsing: spelling), number.text == spelling else { return nil }
        self = number
    }

    /// Takes a spelling that the scanner has passed.
    init(scanned text: String) { self.text = text }

    /// The integer that the number is, however it is spelled; nil when it is none or too large.
    package var int64: Int64? {
        if let integer = Int64(text) { return integer }
        // Beyond 2^53 a Double no longer tells neighbouring integers apart.
        guard let double = Double(text), double.magnitude <= 9_007_199_254_740_992 else { return nil }
        return Int64(exactly: double)
    }

    /// The nearest floating-point number; infinite when the number is beyond them.
    package var double: Double { Double(text) ?? .infinity }
}

extension JSONNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    package init(integerLiteral value: Int) { self.init(value) }
    package init(floatLiteral value: Double) { self.init(value) }
}
