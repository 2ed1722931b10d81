/// A table as RFC 4180 has it: fields between commas, in double quotes where they hold commas, quotes or line ends.
///
/// Total: a quote that is never closed ends with the text.
struct CSVText {
    /// The lines with anything in them, with their numbers in the file.
    private(set) var rows: [(line: Int, fields: [String])] = []

    init(_ text: String) {
        var fields: [String] = []
        var field = ""
        var (isQuoted, line, firstLine) = (false, 1, 1)
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character.isNewline { line += 1 }
            switch character {
            case "\"" where isQuoted && rest.first == "\"":
                rest.removeFirst()
                field.append("\"")
            case "\"": isQuoted.toggle()
            case _ where isQuoted: field.append(character)
            case ",":
                fields.append(field)
                field = ""
            case _ where character.isNewline:
                add(fields + [field], at: firstLine)
                (fields, field, firstLine) = ([], "", line)
            default: field.append(character)
            }
        }
        add(fields + [field], at: firstLine)
    }

    private mutating func add(_ fields: [String], at line: Int) {
        let trimmed = fields.map { field in
            var field = field.drop { $0 == " " || $0 == "\t" }
            while let last = field.last, last == " " || last == "\t" { field.removeLast() }
            return String(field)
        }
        if trimmed.contains(where: { !$0.isEmpty }) { rows.append((line, trimmed)) }
    }
}
