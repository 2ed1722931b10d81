/// One way in for a stranger's bytes, and what has to hold whatever they are.
///
/// The same functions stand behind the libFuzzer executable (`scripts/fuzz`) and behind `FuzzTests`, which replays
/// `Fuzz/Corpus` and `Fuzz/Findings` in every test run.
package struct FuzzTarget: Sendable {
    /// The name of its folders in `Corpus` and `Findings`.
    package let name: String
    /// The longest input that is worth trying.
    package let maximumBytes: Int
    /// Hands the bytes to the code.
    ///
    /// Throws a ``Violation`` when something does not hold. A trap is a finding too.
    package let run: @Sendable (UnsafeRawBufferPointer) throws -> Void

    package static let all: [FuzzTarget] = [
        .envelope, .json, .params, .webSocket, .utf8, .signature, .requestSyntax, .smtp, .timers, .bulk,
    ]
}

/// Something that has to hold for any bytes and did not for these.
package struct Violation: Error, CustomStringConvertible {
    package let description: String
}

/// Throws unless the condition holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(Violation) {
    guard condition else { throw Violation(description: what()) }
}

/// Throws unless there is a value.
func require<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws(Violation) -> Value {
    guard let value else { throw Violation(description: what()) }
    return value
}
