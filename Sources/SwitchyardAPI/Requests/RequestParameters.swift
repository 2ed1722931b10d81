import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// The parameters of a call: of the query for GET and DELETE, of the JSON body for POST.
///
/// Whatever the body's content type says, it is read as JSON. Numbers arrive as numbers or as texts, and some names in other
/// case than documented. Source: `coolkit-v1-http.md` §1 ("Encoding", "Numbers as text", "Case"), §1.1.
struct RequestParameters: Sendable {
    private enum Source {
        case query(QueryParameters)
        case body(BodyMembers)
        /// What the query does not have stands in the body.
        case either(QueryParameters, BodyMembers)
    }

    private let source: Source

    /// The longest body that is read.
    static let maximumBodyBytes = 65_536

    init(queryOf request: Request) { source = .query(QueryParameters(request.uri.query ?? "")) }

    /// Reads a JSON object.
    ///
    /// Throws `invalidInput` for an empty body, and for one that is no JSON object.
    init(body: ByteBuffer) throws(SwitchyardError) {
        source = .body(BodyMembers(try Self.object(body)))
        RequestLanguage.current?.note(language)
    }

    /// Reads the query and, for what is not there, a JSON object.
    ///
    /// Throws `invalidInput` for a body that is no JSON object.
    init(queryOf request: Request, orBody body: ByteBuffer) throws(SwitchyardError) {
        source = .either(QueryParameters(request.uri.query ?? ""), BodyMembers(try Self.object(body)))
        RequestLanguage.current?.note(language)
    }

    private static func object(_ body: ByteBuffer) throws(SwitchyardError) -> JSONObject {
        guard body.readableBytes > 0 else {
            throw SwitchyardError(.invalidInput, "params incomplete: the body is empty")
        }
        let value: JSON
        do {
            value = try JSON(parsing: body, comparableTexts: true)
        } catch {
            throw SwitchyardError(.invalidInput, "params is error: the body is not JSON", underlying: error)
        }
        guard let object = value.objectValue else {
            throw SwitchyardError(.invalidInput, "params is error: the body is not a JSON object")
        }
        return object
    }

    /// The members of an object within a body.
    init(object: JSONObject) { source = .body(BodyMembers(object)) }

    /// No parameters, for calls whose body may be absent.
    init() { source = .body(BodyMembers(JSONObject())) }

    /// The bytes of a request's body.
    ///
    /// Throws `invalidInput` when they are too many, and when the connection breaks before they are there.
    static func body(of request: Request, upTo limit: Int = maximumBodyBytes) async throws -> ByteBuffer {
        do {
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw SwitchyardError(.invalidInput, "params is error: the body is larger than \(limit) bytes")
        } catch {
            // There is nobody to answer, and nothing for the operator to do.
            throw SwitchyardError(.invalidInput, "params is error: the body did not arrive", underlying: error)
        }
    }

    /// The parameter as text, a number as it is spelled; nil when it is absent, empty or of another kind.
    ///
    /// A text with a NUL is of another kind: nothing in the protocol has one, and the database would keep what is before it.
    func text(_ name: String) -> String? {
        let text: String? =
            switch value(name) {
            case .string(let text)?: text
            case .number(let number)?: number.text
            default: nil
            }
        return text.flatMap { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }
    }

    /// The parameter as an integer, spelled as number or text.
    func integer(_ name: String) -> Int? {
        switch source {
        case .query(let query): query[name].flatMap { Int($0) }
        case .either(let query, _): query[name].flatMap { Int($0) } ?? value(name)?.intValue
        case .body: value(name)?.intValue
        }
    }

    /// A text that may be absent, null or empty, but not of another kind.
    ///
    /// Throws `invalidInput`.
    func optionalText(_ name: String) throws(SwitchyardError) -> String? {
        guard let value = value(name), !value.isNull, value.stringValue != "" else { return nil }
        guard let text = text(name) else { throw SwitchyardError(.invalidInput, "params is error: \(name)") }
        return text
    }

    /// The text, or `invalidInput` that names what is missing.
    func required(_ name: String) throws(SwitchyardError) -> String {
        guard let text = text(name) else { throw SwitchyardError(.invalidInput, "params incomplete: \(name)") }
        return text
    }

    /// A password: a text, never a number, and not empty.
    func password(_ name: String) throws(SwitchyardError) -> String {
        guard let password = value(name)?.stringValue, !password.isEmpty else {
            throw SwitchyardError(.invalidInput, "params incomplete: \(name)")
        }
        return password
    }

    /// The member of the body as JSON; of a query the text.
    func value(_ name: String) -> JSON? {
        switch source {
        case .query(let query): query[name].map { .string($0) }
        case .either(let query, let members): query[name].map { .string($0) } ?? members[name]
        case .body(let members): members[name]
        }
    }
}

/// The four parameters that the documents ask for on every call.
///
/// Source: `coolkit-v1-http.md` §1.1.
extension RequestParameters {
    var appID: String? { text("appid") }
    /// One client spells it `nounce`.
    var nonce: String? { text("nonce") ?? text("nounce") }
    var timestamp: String? { text("ts") }
    var version: String? { text("version") }
    /// `lang`; nil when it is not there or names no language of ours.
    var language: Language? { text("lang").flatMap { Language(lang: $0) } }

    /// `<ts>-<nonce>` when both were sent.
    var requestID: String? {
        guard let timestamp, let nonce else { return nil }
        return "\(timestamp)-\(nonce)"
    }
}
