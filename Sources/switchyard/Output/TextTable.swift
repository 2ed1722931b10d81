import CoolkitWire

/// A table for people: columns as wide as their widest cell, two spaces between.
struct TextTable {
    /// A title and the member of the row that it shows.
    typealias Column = (title: String, member: String)

    let columns: [Column]
    let rows: [JSON]

    /// The table, or `empty` when there are no rows.
    func text(empty: String) -> String {
        guard !rows.isEmpty else { return empty }
        let cells = [columns.map(\.title)] + rows.map { row in columns.map { Self.cell(row[$0.member]) } }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
                .trimmingTrailingSpaces
        }
        .joined(separator: "\n")
    }

    /// One object as lines `title  value`.
    static func text(of object: JSON, _ lines: [Column]) -> String {
        let width = lines.map(\.title.count).max() ?? 0
        return lines.map { line in
            let padding = String(repeating: " ", count: width - line.title.count)
            return "\(line.title)\(padding)  \(cell(object[line.member]))".trimmingTrailingSpaces
        }
        .joined(separator: "\n")
    }

    private static func cell(_ value: JSON?) -> String {
        switch value {
        case nil, .null: "-"
        case .string(let text): text.isEmpty ? "-" : text.filter { !$0.isNewline }
        case .bool(let flag): flag ? "yes" : "no"
        case .array(let elements): elements.isEmpty ? "-" : elements.map { cell($0) }.joined(separator: ", ")
        case let other?: other.text
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
