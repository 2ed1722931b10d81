import NIOCore
import SwitchyardTransport

extension FuzzTarget {
    /// Bytes in pieces are judged as the standard library judges them whole.
    static let utf8 = FuzzTarget(name: "utf8", maximumBytes: 512) { bytes in
        let (seed, input) = bytes.choiceAndInput
        var validator = UTF8Validator()
        var isValid = true
        for piece in Pieces(input, seed: seed) where isValid {
            isValid = piece.withUnsafeReadableBytes { validator.consume($0) }
        }
        let expected = String(validating: input, as: UTF8.self) != nil
        try require((isValid && validator.isComplete) == expected, "String(validating:) says \(expected)")

        var whole = UTF8Validator()
        try require(whole.consume(input) == isValid, "in one piece it is judged otherwise")
    }
}
