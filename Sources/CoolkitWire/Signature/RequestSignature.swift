import Crypto
import FoundationEssentials
package import NIOCore

/// The `Authorization: Sign …` of calls before log-in: base64 of HMAC-SHA256 with the application's secret as key.
///
/// For POST and PUT the message is the body byte for byte as received; for GET and DELETE it is made from the query,
/// see ``queryMessages(query:strict:)``. Source: `test-vectors.md` §1, rules R1 to R6.
package enum RequestSignature {
    /// The signature of `message`, in the standard alphabet with padding.
    package static func sign(_ message: some Sequence<UInt8>, secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(message), using: key(secret))
        return Data(code).base64EncodedString()
    }

    /// Whether `signature` signs the body as it was received.
    package static func verify(_ signature: String, body: [UInt8], secret: String) -> Bool {
        guard let code = authenticationCode(signature) else { return false }
        return verify(code, message: body, key: key(secret))
    }

    /// Whether `signature` signs the body as it was received.
    package static func verify(_ signature: String, body: ByteBuffer, secret: String) -> Bool {
        verify(signature, body: Array(body.readableBytesView), secret: secret)
    }

    /// Whether `signature` signs one of the messages that the query may stand for.
    package static func verify(_ signature: String, query: String, secret: String, strict: Bool) -> Bool {
        guard let code = authenticationCode(signature) else { return false }
        let key = key(secret)
        return queryMessages(query: query, strict: strict).contains { verify(code, message: $0, key: key) }
    }

    private static func key(_ secret: String) -> SymmetricKey { SymmetricKey(data: Data(secret.utf8)) }

    /// Compares in constant time.
    private static func verify(_ code: Data, message: [UInt8], key: SymmetricKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(message), using: key)
    }

    /// The 32 bytes of a signature; missing padding and spaces around it are tolerated.
    ///
    /// Source: rule R6.
    private static func authenticationCode(_ signature: String) -> Data? {
        var text = String(signature.drop(while: \.isWhitespace))
        while text.last?.isWhitespace == true || text.last == "=" { text.removeLast() }
        // 32 bytes are 43 characters and one of padding.
        guard text.utf8.count == 43, let code = Data(base64Encoded: text + "="), code.count == 32 else { return nil }
        return code
    }
}
