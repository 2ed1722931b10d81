/// Why params were not merged.
///
/// The document is then as it was before.
package enum ParamsError: Error, Hashable, Sendable {
    /// The update is neither a JSON object nor an array of objects.
    case malformed
    /// The document would outgrow ``ParamsDocument/maximumBytes``, or the array has too many objects.
    case tooLarge
}
