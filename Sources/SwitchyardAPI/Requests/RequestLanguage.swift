import Hummingbird
import SwitchyardCore
import Synchronization

/// The language a request asks for, for the texts of its errors.
///
/// The query is read at the start. A body is read by the route, after the caller was checked, and noted here, as whoever
/// renders the error has it no more.
final class RequestLanguage: Sendable {
    /// That of the request being handled.
    @TaskLocal static var current: RequestLanguage?

    private let language: Mutex<Language?>

    init(of request: Request) {
        let query = request.uri.query ?? ""
        // Most requests have none: nothing is taken apart for them.
        language = Mutex(query.contains("lang") ? RequestParameters(queryOf: request).language : nil)
    }

    var asked: Language? { language.withLock { $0 } }

    func note(_ language: Language?) {
        if let language { self.language.withLock { $0 = language } }
    }
}
