import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// Gives each browser a cookie and each form its seal, and checks that both come back together.
struct FormGuard: Sendable {
    private let seal = FormSeal()

    /// What a browser has kept, or is given now.
    struct Cookie {
        let name: String
        let value: String
        /// Whether it travels in the clear.
        let isPlain: Bool

        /// `__Host-` keeps other hosts and unencrypted pages from setting it; without TLS a browser would not take it.
        var header: String {
            let attributes = isPlain ? "Path=/" : "Path=/; Secure"
            return "\(name)=\(value); \(attributes); HttpOnly; SameSite=Lax"
        }
    }

    /// The browser's cookie; a new one when it has none.
    func cookie(of request: Request, _ connection: ConnectionInfo) -> Cookie {
        let isPlain = connection.listener == .plain || connection.listener == .ota
        let name = isPlain ? "switchyard-form" : "__Host-switchyard-form"
        let value = Self.value(of: name, in: request) ?? RandomText.hex(bytes: 16)
        return Cookie(name: name, value: value, isPlain: isPlain)
    }

    /// What the form carries in a hidden field: good for this browser and this query.
    func token(for cookie: Cookie, of request: Request) -> String {
        seal.seal(cookie: cookie.value, purpose: request.uri.query ?? "")
    }

    /// Whether the form comes from the browser that it was given to, for the same query.
    func admits(_ form: FormBody, _ request: Request, _ connection: ConnectionInfo) -> Bool {
        let cookie = cookie(of: request, connection)
        return seal.isValid(form["token"], cookie: cookie.value, purpose: request.uri.query ?? "")
    }

    private static func value(of name: String, in request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let sides = pair.split(separator: "=", maxSplits: 1)
                guard sides.count == 2, sides[0].trimmingPrefix(while: \.isWhitespace) == name else { continue }
                let value = String(sides[1].prefix { !$0.isWhitespace })
                if value.utf8.count == 32, value.allSatisfy(\.isHexDigit) { return value }
            }
        }
        return nil
    }
}
