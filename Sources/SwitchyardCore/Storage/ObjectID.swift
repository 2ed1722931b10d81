package import CoolkitWire

/// The `_id` of the original's documents: 12 bytes, written as 24 lower-case hex characters.
///
/// Two integers instead of text, so that it is copied and hashed without touching the heap.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt32

    private init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// A new id: the first four bytes are the time in seconds, as in the original, the rest is random.
    package static func random(at time: UnixTime) -> ObjectID {
        let seconds = UInt64(UInt32(truncatingIfNeeded: time.seconds))
        return ObjectID(
            high: seconds << 32 | UInt64(UInt32.random(in: 0...UInt32.max)),
            low: .random(in: 0...UInt32.max)
        )
    }

    /// When it was made, in whole seconds.
    package var time: UnixTime { UnixTime(seconds: Int64(high >> 32)) }

    /// Parses 24 hex characters.
    package init?(_ text: String) {
        guard text.utf8.count == 24, text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt32(text.suffix(8), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    package static func < (left: ObjectID, right: ObjectID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    package var description: String {
        Self.padded(String(high, radix: 16), to: 16) + Self.padded(String(low, radix: 16), to: 8)
    }

    private static func padded(_ text: String, to width: Int) -> String {
        String(repeating: "0", count: width - text.utf8.count) + text
    }
}
