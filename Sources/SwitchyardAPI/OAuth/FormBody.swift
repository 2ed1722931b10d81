import Hummingbird
import SwitchyardCore

/// The fields of a form that a browser sent.
struct FormBody: Sendable {
    private let fields: QueryParameters

    /// The longest body that is read: far more than the fields of our forms.
    static let maximumBytes = 8_192

    /// Throws `invalidInput` for a body that is too long, breaks off, or is no form.
    init(of request: Request) async throws {
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
            throw SwitchyardError(.invalidInput, "the body is not a form")
        }
        let body = try await RequestParameters.body(of: request, upTo: Self.maximumBytes)
        // A form writes a space as a plus, and a plus as %2B.
        let text = String(buffer: body).replacing("+", with: "%20")
        fields = QueryParameters(text)
    }

    /// The field; empty when it is not there.
    subscript(name: String) -> String { fields[name] ?? "" }
}
