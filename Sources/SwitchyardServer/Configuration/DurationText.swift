import CoolkitWire

/// Durations as people write them: `250ms`, `30s`, `5m`, `12h`, `30d`.
///
/// A bare number is seconds.
enum DurationText {
    /// Nil when the text is none of the forms, or too long for a sensible setting (ten years).
    static func parse(_ text: String) -> Duration? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(number), let unit = milliseconds(of: String(text.dropFirst(number.count))) else {
            return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow, product <= 3_650 * 86_400_000 else { return nil }
        return .milliseconds(product)
    }

    /// The shortest form: the largest unit that divides it.
    static func print(_ duration: Duration) -> String {
        let total = duration.wholeMilliseconds
        guard total != 0 else { return "0s" }
        for (unit, length) in units.reversed() where total % length == 0 { return "\(total / length)\(unit)" }
        return "\(total)ms"
    }

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    private static func milliseconds(of unit: String) -> Int64? {
        if unit.isEmpty { return 1_000 }
        return units.first { $0.name == unit }?.milliseconds
    }
}
