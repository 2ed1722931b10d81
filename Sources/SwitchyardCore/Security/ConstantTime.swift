/// Comparison of secrets that takes the same time wherever they differ.
package enum ConstantTime {
    /// Whether both texts have the same bytes.
    ///
    /// Only their lengths show in the time it takes.
    package static func areEqual(_ left: String, _ right: String) -> Bool {
        var left = left
        var right = right
        return left.withUTF8 { leftBytes in
            right.withUTF8 { rightBytes in areEqual(leftBytes, rightBytes) }
        }
    }

    /// Whether both have the same bytes.
    ///
    /// Only their lengths show in the time it takes.
    package static func areEqual(
        _ left: some RandomAccessCollection<UInt8>,
        _ right: some RandomAccessCollection<UInt8>
    ) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for (leftByte, rightByte) in zip(left, right) { difference |= leftByte ^ rightByte }
        return difference == 0
    }
}
