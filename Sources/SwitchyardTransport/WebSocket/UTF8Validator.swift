/// Checks UTF-8 piece by piece and fails at the first byte that no continuation could make good.
///
/// The bounds for the byte after a lead byte keep out overlong forms, surrogates and anything past U+10FFFF.
package struct UTF8Validator {
    private var continuationsLeft: UInt8 = 0
    private var lowerBound: UInt8 = 0x80
    private var upperBound: UInt8 = 0xBF

    package init() {}

    /// Whether the text may end here.
    package var isComplete: Bool { continuationsLeft == 0 }

    /// Takes the next bytes; false as soon as they cannot be part of UTF-8.
    package mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        let end = bytes.count
        while position < end {
            if continuationsLeft == 0 {
                while position &+ 8 <= end,
                    bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    position &+= 8
                }
                if position == end { return true }
            }
            guard consume(bytes[position]) else { return false }
            position &+= 1
        }
        return true
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard continuationsLeft == 0 else {
            guard byte >= lowerBound, byte <= upperBound else { return false }
            (lowerBound, upperBound) = (0x80, 0xBF)
            continuationsLeft -= 1
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: continuationsLeft = 1
        case 0xE0: start(continuations: 2, from: 0xA0)
        case 0xED: start(continuations: 2, to: 0x9F)
        case 0xE1...0xEF: continuationsLeft = 2
        case 0xF0: start(continuations: 3, from: 0x90)
        case 0xF1...0xF3: continuationsLeft = 3
        case 0xF4: start(continuations: 3, to: 0x8F)
        default: return false
        }
        return true
    }

    private mutating func start(continuations: UInt8, from lower: UInt8 = 0x80, to upper: UInt8 = 0xBF) {
        continuationsLeft = continuations
        lowerBound = lower
        upperBound = upper
    }
}
