/// Combining marks of a text, of which a letter has a few.
///
/// The standard library compares and hashes texts by their canonical form, and sorts the marks behind a letter for it, in time
/// with their square: a quarter of a second for those that 64 KiB hold, each time. Before a stranger's text is compared with
/// others, it is made sure that there are no such rows.
package enum CombiningMarks {
    /// Source: Unicode Standard Annex #15 §13, Stream-Safe Text Format.
    private static let maximumInRow = 30
    /// Shorter texts are compared in no time, whatever they hold.
    private static let shortBytes = 1_024

    /// Whether the text has more marks in a row than any language.
    package static func pileUp(in text: String) -> Bool {
        guard text.utf8.count > shortBytes else { return false }
        var inRow = 0
        for scalar in text.unicodeScalars {
            guard !scalar.isASCII, isMark(scalar) else {
                inRow = 0
                continue
            }
            inRow += 1
            if inRow > maximumInRow { return true }
        }
        return false
    }

    /// By category: some that have no class of their own stand for two that have.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
