import CoolkitWire
import NIOCore
import SwitchyardCore

extension FuzzTarget {
    /// Params of thousands of members or elements take time with their number, not with its square.
    ///
    /// Of two lines the first is stored and the second an update of it; each is repeated until it fills its bytes, with the
    /// number of the round in the place of each `#`. What they are within is chosen by the first byte.
    static let bulk = FuzzTarget(name: "bulk", maximumBytes: 256) { bytes in
        let (choice, input) = bytes.choiceAndInput
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
        let stored = repeated(lines.first, in: choice & 3)
        let update = repeated(lines.last, in: choice >> 2 & 3)

        let duration = ProcessorTime.measure {
            var document = ParamsDocument()
            _ = try? document.merge(stored)  // What is no JSON is refused in its time, too.
            _ = try? document.merge(update)
            _ = document.completingSwitches(update)
            _ = document.selecting((0..<256).map { "k\($0)" })
            _ = TimerPermits.needed(for: update, over: document.buffer)
            _ = TimerPermits.needed(for: update, over: stored)
        }
        try require(duration < longest, "\(stored.readableBytes) and \(update.readableBytes) bytes took \(duration)")
    }

    /// A hundred times what it takes with the sanitizer; a search for each of 8 000 elements takes several seconds.
    private static let longest = Duration.seconds(1)
    private static let filledBytes = 16_384

    private static func repeated(_ piece: Slice<UnsafeRawBufferPointer>?, in wrapping: UInt8) -> ByteBuffer {
        let (opening, closing) =
            switch wrapping {
            case 0: ("{", "}")
            case 1: (#"{"timers":["#, "]}")
            case 2: (#"{"switches":["#, "]}")
            default: ("[", "]")
            }
        var text = ByteBuffer(string: opening)
        var round = 0
        while let piece, text.readableBytes < filledBytes {
            if round > 0 { text.writeStaticString(",") }
            for byte in piece {
                if byte == UInt8(ascii: "#") { text.writeString(String(round)) } else { text.writeInteger(byte) }
            }
            round += 1
        }
        text.writeString(closing)
        return text
    }
}
