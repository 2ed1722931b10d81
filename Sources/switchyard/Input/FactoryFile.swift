import CoolkitWire
import FoundationEssentials

/// A file of factory records, CSV or JSON, as `device import` takes it.
///
/// Every record is checked here, so that a fault in the last line changes nothing.
enum FactoryFile {
    private static let maximumBytes = 64 << 20
    private static let maximumFactBytes = 64
    private static let columns = ["deviceid", "apikey", "model", "uiid", "chipid"]

    /// The records as the admin interface takes them.
    static func read(_ path: String) throws(CommandFailure) -> [JSON] {
        let name = path == "-" ? "standard input" : path
        return try parse(try text(of: path, name), named: name)
    }

    /// The records in a text; what begins with `[` is JSON.
    static func parse(_ text: String, named name: String) throws(CommandFailure) -> [JSON] {
        let isJSON = text.first { !$0.isWhitespace } == "["
        let entries = isJSON ? try json(text, name) : try csv(text, name)
        guard !entries.isEmpty else { throw .local("\(name) has no devices") }
        var seen: Set<String> = []
        var records: [JSON] = []
        for (place, entry) in entries {
            let record = try record(of: entry, "\(name), \(place)")
            let id = record["id"]?.stringValue ?? ""
            guard seen.insert(id).inserted else { throw .local("\(name), \(place): device \(id) stands twice") }
            records.append(record)
        }
        return records
    }

    private static func text(of path: String, _ name: String) throws(CommandFailure) -> String {
        guard path != "-" else {
            var text = ""
            while text.utf8.count <= maximumBytes, let line = readLine(strippingNewline: false) { text += line }
            return try checked(text, name)
        }
        guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self)
        else { throw .local("\(path) cannot be read as text; check the path and its permissions") }
        return try checked(text, name)
    }

    private static func checked(_ text: String, _ name: String) throws(CommandFailure) -> String {
        guard text.utf8.count <= maximumBytes else { throw .local("\(name) is larger than 64 MiB; import it in parts") }
        return text
    }

    // MARK: The two forms

    private static func json(_ text: String, _ name: String) throws(CommandFailure) -> [(String, JSONObject)] {
        guard let elements = (try? JSON(parsing: text))?.arrayValue else {
            throw .local("\(name) is not a JSON array of devices")
        }
        var entries: [(String, JSONObject)] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else {
                throw .local("\(name), element \(index + 1) is not an object")
            }
            entries.append(("element \(index + 1)", object))
        }
        return entries
    }

    private static func csv(_ text: String, _ name: String) throws(CommandFailure) -> [(String, JSONObject)] {
        let table = CSVText(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text)
        guard let names = table.rows.first?.fields.map({ $0.lowercased() }) else { return [] }
        guard names.contains("deviceid"), names.contains("apikey") else {
            throw .local("\(name) does not begin with a line of column names, deviceid and apikey among them")
        }
        var entries: [(String, JSONObject)] = []
        for row in table.rows.dropFirst() {
            guard row.fields.count == names.count else {
                throw .local("\(name), line \(row.line) has \(row.fields.count) fields, not \(names.count)")
            }
            let members = zip(names, row.fields).filter { !$1.isEmpty }.map { ($0, JSON($1)) }
            entries.append(("line \(row.line)", JSONObject(members)))
        }
        return entries
    }

    // MARK: One record

    private static func record(of entry: JSONObject, _ place: String) throws(CommandFailure) -> JSON {
        if let unknown = entry.keys.first(where: { !columns.contains($0) }) {
            throw .local("\(place): '\(unknown)' is none of \(columns.joined(separator: ", "))")
        }
        guard let id = entry["deviceid"]?.stringValue.flatMap({ DeviceID($0) }) else {
            throw .local("\(place): deviceid is missing or none")
        }
        guard let key = entry["apikey"]?.stringValue.flatMap({ APIKey($0) }) else {
            throw .local("\(place): the apikey of device \(id) is missing or not valid")
        }
        var record: JSON = ["id": JSON(id.rawValue), "apikey": JSON(key.rawValue)]
        for fact in ["model", "chipid"] {
            guard let value = entry[fact], !value.isNull else { continue }
            guard let text = value.stringValue, text.utf8.count <= maximumFactBytes, !text.utf8.contains(0) else {
                throw .local("\(place): \(fact) of device \(id) is no text of at most \(maximumFactBytes) bytes")
            }
            record[fact] = JSON(text)
        }
        if let value = entry["uiid"], !value.isNull {
            guard let uiid = value.intValue, (1...100_000).contains(uiid) else {
                throw .local("\(place): uiid of device \(id) is not 1 to 100000")
            }
            record["uiid"] = JSON(uiid)
        }
        return record
    }
}
