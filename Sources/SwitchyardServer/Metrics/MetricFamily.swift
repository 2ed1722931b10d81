/// All series of one metric, ready to be written.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package enum Value: Sendable {
        case number(Double)
        case distribution(Distribution)
    }

    /// How often values were at most this and that, cumulative.
    package struct Distribution: Sendable {
        package let buckets: [(bound: Double, count: Int)]
        package let count: Int
        package let sum: Double
    }

    private struct Series: Sendable {
        let labels: String
        let value: Value
    }

    package let name: String
    package let kind: Kind
    private var series: [Series] = []

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// A metric of one number.
    package init(_ name: String, _ kind: Kind, _ value: Double) {
        self.init(name: name, kind: kind)
        add(labels: [], .number(value))
    }

    package mutating func add(labels: [(name: String, value: String)], _ value: Value) {
        let text = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        series.append(Series(labels: text, value: value))
    }

    /// Appends the family in the text format of Prometheus, version 0.0.4.
    ///
    /// Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
    package func write(to text: inout String) {
        text += "# HELP \(name) \(MetricHelp.text(of: name))\n# TYPE \(name) \(kind.rawValue)\n"
        for series in series.sorted(by: { $0.labels < $1.labels }) {
            switch series.value {
            case .number(let number):
                Self.writeLine(name, series.labels, number, to: &text)
            case .distribution(let distribution):
                write(distribution, labels: series.labels, to: &text)
            }
        }
    }

    private func write(_ distribution: Distribution, labels: String, to text: inout String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        for (bound, count) in distribution.buckets {
            Self.writeLine(name + "_bucket", "\(prefix)le=\"\(bound)\"", Double(count), to: &text)
        }
        Self.writeLine(name + "_bucket", "\(prefix)le=\"+Inf\"", Double(distribution.count), to: &text)
        Self.writeLine(name + "_sum", labels, distribution.sum, to: &text)
        Self.writeLine(name + "_count", labels, Double(distribution.count), to: &text)
    }

    private static func writeLine(_ name: String, _ labels: String, _ value: Double, to text: inout String) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(number(value))\n"
    }

    /// Whole numbers without a point, as far as a `Double` holds them exactly.
    private static func number(_ value: Double) -> String {
        Int64(exactly: value).flatMap { $0.magnitude < 1 << 53 ? String($0) : nil } ?? String(value)
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
