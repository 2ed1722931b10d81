import CoolkitWire
import Hummingbird
import SwitchyardCore

/// The JSON object of an admin request, read member by member; wrong types and unknown members are `invalidInput`.
struct AdminRequestBody {
    private let object: JSONObject

    /// The longest body, unless the route says otherwise.
    private static let maximumBytes = 256 * 1_024

    /// Collects and parses the body.
    ///
    /// - Parameter members: the members the route knows.
    init(of request: Request, members: Set<String>, maximumBytes: Int = maximumBytes) async throws {
        var request = request
        let bytes = try await request.collectBody(upTo: maximumBytes)
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw SwitchyardError(.invalidInput, "the body is not JSON", underlying: error)
        }
        guard let object = json.objectValue else {
            throw SwitchyardError(.invalidInput, "the body is not a JSON object")
        }
        try self.init(object, members: members)
    }

    private init(_ object: JSONObject, members: Set<String>) throws(SwitchyardError) {
        if let unknown = object.keys.first(where: { !members.contains($0) }) {
            throw SwitchyardError(.invalidInput, "unknown member '\(unknown)'")
        }
        self.object = object
    }

    /// A text that may be absent or null.
    func text(_ name: String) throws(SwitchyardError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue else { throw wrong(name, "a text") }
        return text
    }

    func requiredText(_ name: String) throws(SwitchyardError) -> String {
        guard let text = try text(name), !text.isEmpty else { throw missing(name) }
        return text
    }

    func integer(_ name: String) throws(SwitchyardError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.numberValue?.int64.flatMap({ Int(exactly: $0) }) else {
            throw wrong(name, "a whole number")
        }
        return number
    }

    func flag(_ name: String) throws(SwitchyardError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.boolValue else { throw wrong(name, "true or false") }
        return flag
    }

    /// Whether the member is there, be it null.
    func has(_ name: String) -> Bool { object[name] != nil }

    /// A list of texts; none when it is absent or null.
    func texts(_ name: String) throws(SwitchyardError) -> [String] {
        guard let value = value(name) else { return [] }
        guard let elements = value.arrayValue else { throw wrong(name, "an array of texts") }
        let texts = elements.compactMap(\.stringValue)
        guard texts.count == elements.count else { throw wrong(name, "an array of texts") }
        return texts
    }

    /// An array of objects, each with no members but these.
    func objects(_ name: String, members: Set<String>) throws(SwitchyardError) -> [AdminRequestBody] {
        guard let value = value(name) else { throw missing(name) }
        guard let elements = value.arrayValue else { throw wrong(name, "an array of objects") }
        var objects: [AdminRequestBody] = []
        for element in elements {
            guard let object = element.objectValue else { throw wrong(name, "an array of objects") }
            objects.append(try AdminRequestBody(object, members: members))
        }
        return objects
    }

    /// The number of a user interface.
    func uiid(_ name: String) throws(SwitchyardError) -> Int? {
        guard let uiid = try integer(name) else { return nil }
        guard (1...100_000).contains(uiid) else { throw wrong(name, "1 to 100000") }
        return uiid
    }

    /// An object that is passed on as it came.
    func requiredObject(_ name: String) throws(SwitchyardError) -> JSON {
        guard let value = value(name) else { throw missing(name) }
        guard let members = value.objectValue, !members.isEmpty else { throw wrong(name, "an object with members") }
        return value
    }

    func requiredArray(_ name: String) throws(SwitchyardError) -> [JSON] {
        guard let value = value(name) else { throw missing(name) }
        guard let elements = value.arrayValue else { throw wrong(name, "a list") }
        return elements
    }

    /// An identifier of the wire.
    func identifier<Identifier: WireIdentifier>(_ name: String) throws(SwitchyardError) -> Identifier? {
        guard let text = try text(name) else { return nil }
        guard let identifier = Identifier(text) else {
            throw wrong(name, "1 to \(Identifier.maximumLength) printable ASCII characters without spaces and quotes")
        }
        return identifier
    }

    func requiredIdentifier<Identifier: WireIdentifier>(_ name: String) throws(SwitchyardError) -> Identifier {
        guard let identifier: Identifier = try identifier(name) else { throw missing(name) }
        return identifier
    }

    /// The member, unless it is absent or null.
    private func value(_ name: String) -> JSON? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private func missing(_ name: String) -> SwitchyardError { SwitchyardError(.invalidInput, "'\(name)' is missing") }

    private func wrong(_ name: String, _ expected: String) -> SwitchyardError {
        SwitchyardError(.invalidInput, "'\(name)' is not \(expected)")
    }
}

extension RequestContext {
    /// A part of the path, percent-decoded.
    func pathText(_ name: String) throws(SwitchyardError) -> String {
        guard let raw = parameters.get(name), let text = Self.percentDecoded(raw) else {
            throw SwitchyardError(.invalidInput, "the path is not well formed")
        }
        return text
    }

    /// A part of the path that names a device; a name that no device can have is a device that is not there.
    func pathDeviceID() throws(SwitchyardError) -> DeviceID {
        guard let id = DeviceID(try pathText("id")) else {
            throw SwitchyardError(.deviceNotFound, "no device has this id")
        }
        return id
    }

    private static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(Substring(digits)), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
