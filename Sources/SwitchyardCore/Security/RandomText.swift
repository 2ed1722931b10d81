/// Random names and secrets from the system's generator.
package enum RandomText {
    /// `bytes` random bytes as lower-case hex.
    package static func hex(bytes count: Int) -> String {
        text(length: count * 2, alphabet: "0123456789abcdef")
    }

    /// `length` characters of `A-Z a-z 0-9`: an appid or secret of the documented form has 32.
    package static func alphanumeric(length: Int) -> String {
        text(length: length, alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    }

    /// `length` random digits.
    package static func digits(length: Int) -> String { text(length: length, alphabet: "0123456789") }

    /// A random UUID (version 4), lower case.
    package static func uuid() -> String {
        let digits = Array(hex(bytes: 16))
        let variant = text(length: 1, alphabet: "89ab")
        return String(digits[0..<8]) + "-" + String(digits[8..<12]) + "-4" + String(digits[13..<16]) + "-" + variant
            + String(digits[17..<20]) + "-" + String(digits[20..<32])
    }

    private static func text(length: Int, alphabet: String) -> String {
        let characters = Array(alphabet)
        var generator = SystemRandomNumberGenerator()
        return String((0..<length).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] })
    }
}
