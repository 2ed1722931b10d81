import CoolkitWire
import HTTPTypes
import Hummingbird
import NIOCore
import SwitchyardCore

/// The authorization page as a browser gets it: HTML of our own, no script, and a policy that allows none.
struct OAuthPage: Sendable {
    let text: OAuthPageText

    static let stylesheetPath = "/oauth/style.css"

    /// What the form shows.
    struct Form {
        let authorization: CheckedAuthorization
        let cookie: FormGuard.Cookie
        let token: String
        /// What was entered before.
        var account = ""
        /// Why it is shown once more.
        var fault: String?
    }

    /// The log-in form.
    func form(_ form: Form, status: HTTPResponse.Status = .ok) -> Response {
        let application = form.authorization.application
        let name = Self.escaped(application.name.isEmpty ? application.id.rawValue : application.name)
        let target = form.authorization.redirectURL
        let body = """
            <h1><strong>\(name)</strong> \(text.question)</h1>
            <p>\(text.explanation) <strong>\(Self.escaped(Self.destination(of: target)))</strong>.</p>
            \(form.cookie.isPlain ? "<p class=\"warning\">\(text.unencrypted)</p>\n" : "")\
            \(form.fault.map { "<p class=\"fault\" id=\"fault\" role=\"alert\">\(Self.escaped($0))</p>\n" } ?? "")\
            <form method="post">
            <input type="hidden" name="token" value="\(form.token)">
            \(fields(form))
            <p class="choice">
            <button type="submit" name="answer" value="allow">\(text.allow)</button>
            <button type="submit" name="answer" value="deny" formnovalidate>\(text.deny)</button>
            </p>
            </form>
            """
        var response = page(title: text.title, body: body, status: status, formTarget: target.formTarget)
        response.headers[.setCookie] = form.cookie.header
        return response
    }

    private func fields(_ form: Form) -> String {
        let hasFault = form.fault != nil
        let mark = hasFault ? " aria-invalid=\"true\"" : ""
        let (first, second) = form.account.isEmpty ? (" autofocus", "") : ("", " autofocus")
        return """
            <p>
            <label for="account">\(text.account)</label>
            <input id="account" name="account" type="text" inputmode="email" autocomplete="username" autocapitalize="none" \
            spellcheck="false" maxlength="254" required aria-describedby="hint\(hasFault ? " fault" : "")"\(mark)\(first) \
            value="\(Self.escaped(form.account))">
            <small id="hint">\(text.accountHint)</small>
            </p>
            <p>
            <label for="password">\(text.password)</label>
            <input id="password" name="password" type="password" autocomplete="current-password" maxlength="128" \
            required\(hasFault ? " aria-describedby=\"fault\"" : "")\(mark)\(second)>
            </p>
            """
    }

    /// For a request that nobody may be asked about; it leads nowhere.
    func refusal(_ error: SwitchyardError) -> Response {
        let status: HTTPResponse.Status =
            switch error.code {
            case .applicationUnknown, .authenticationFailed, .forbidden: .forbidden
            case .invalidInput: .badRequest
            case .busy: .tooManyRequests
            default: .internalServerError
            }
        let body = "<h1>\(text.refusalTitle)</h1>\n<p class=\"fault\">\(text.refusal(error))</p>"
        return page(title: text.refusalTitle, body: body, status: status, formTarget: nil)
    }

    /// Sends the browser on, with GET.
    ///
    /// Source: RFC 9700 §4.12 (303, never 307).
    static func redirect(to location: String) -> Response {
        var response = Response(status: .seeOther)
        response.headers[.location] = location
        secure(&response, formTarget: nil)
        return response
    }

    private func page(title: String, body: String, status: HTTPResponse.Status, formTarget: String?) -> Response {
        let document = """
            <!DOCTYPE html>
            <html lang="\(text.tag)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <link rel="stylesheet" href="\(Self.stylesheetPath)">
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
        var response = Response(status: status, body: .init(byteBuffer: ByteBuffer(string: document)))
        response.headers[.contentType] = "text/html; charset=utf-8"
        response.headers[.contentLanguage] = text.tag
        response.headers[.vary] = "Accept-Language"
        Self.secure(&response, formTarget: formTarget)
        return response
    }

    /// No script, no frame around it, nothing stored, and no word of the address to anybody.
    ///
    /// Browsers hold the redirect after a form against `form-action` too, so that the redirect URL's origin stands there.
    /// Source: RFC 9700 §4.16 (clickjacking), §4.2.4 (Referrer-Policy).
    private static func secure(_ response: inout Response, formTarget: String?) {
        let forms = formTarget.map { "'self' \($0)" } ?? "'none'"
        let policy =
            "default-src 'none'; style-src 'self'; form-action \(forms); frame-ancestors 'none'; base-uri 'none'"
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentSecurityPolicy] = policy
        response.headers[.xContentTypeOptions] = "nosniff"
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY")] {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
    }

    /// The host that a browser is sent to, or the scheme of an app.
    private static func destination(of url: RedirectURL) -> String {
        guard let start = url.text.firstRange(of: "://"), url.text.hasPrefix("http") else {
            return String(url.text.prefix { $0 != ":" })
        }
        return String(url.text[start.upperBound...].prefix { $0 != "/" && $0 != "?" })
    }

    /// The text for use in HTML, also within quotes.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
