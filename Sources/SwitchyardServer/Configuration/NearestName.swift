/// Finds what somebody meant to write.
package enum NearestName {
    /// The candidate with the fewest edits, when they are few for its length; nil otherwise.
    package static func nearest(to name: String, among candidates: [String]) -> String? {
        let folded = Array(name.lowercased())
        let last = lastPart(of: name)
        let scored = candidates.map { candidate in
            let edits = distance(folded, Array(candidate.lowercased()))
            // A setting written in the wrong section is close as well.
            return (candidate, lastPart(of: candidate) == last ? min(edits, 1) : edits)
        }
        guard let (candidate, edits) = scored.min(by: { $0.1 < $1.1 }), edits <= max(2, folded.count / 4) else {
            return nil
        }
        return candidate
    }

    private static func lastPart(of name: String) -> Substring {
        name.split(separator: ".").last ?? ""
    }

    /// Insertions, deletions and replacements that turn one into the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var previous = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let replaced = previous[column] + (character == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
