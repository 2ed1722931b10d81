import Crypto
import FoundationEssentials

/// Ties a form to the browser that it was given to, so that no other site can have it sent.
///
/// The browser keeps a random cookie, the form the seal of that cookie; only this process can make seals. Forms of a server
/// that was started anew meanwhile are refused, and their people asked once more.
package struct FormSeal: Sendable {
    private let key = SymmetricKey(size: .bits256)

    package init() {}

    /// The seal of a form, as text.
    ///
    /// - Parameters:
    ///   - cookie: what the browser keeps.
    ///   - purpose: what the form is about; its seal is worth nothing for another.
    package func seal(cookie: String, purpose: String) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: Self.message(cookie, purpose), using: key)).base64EncodedString()
    }

    /// Compares in constant time.
    package func isValid(_ seal: String, cookie: String, purpose: String) -> Bool {
        guard let code = Data(base64Encoded: seal) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.message(cookie, purpose), using: key)
    }

    /// The length of the cookie keeps it apart from what follows.
    private static func message(_ cookie: String, _ purpose: String) -> Data {
        Data("\(cookie.utf8.count):\(cookie)\(purpose)".utf8)
    }
}
