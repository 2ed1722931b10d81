/// Why a text is not JSON as RFC 8259 has it, and at which byte that showed.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong.
    package enum Reason: String, Hashable, Sendable {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "a byte stands where JSON does not allow it"
        case malformedNumber = "a number is malformed"
        case malformedEscape = "an escape is malformed, or half of a surrogate pair"
        case controlCharacter = "a control character stands in a string"
        case invalidUTF8 = "a string is not UTF-8"
        case tooDeep = "arrays and objects are nested too deeply"
        case trailingBytes = "something follows the value"
        case duplicateMember = "a known member occurs twice"
        case notAnObject = "the text is not an object"
        case tooLong = "the text is too long"
        case piledMarks = "a string has more combining marks in a row than any language"
    }

    package let reason: Reason
    /// Bytes from the start of the text.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) (byte \(offset))" }
}
