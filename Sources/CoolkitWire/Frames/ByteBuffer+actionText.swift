import NIOCore

extension ByteBuffer {
    /// Writes JSON so that the bytes `action` do not occur in it: the letter `t` of each becomes an escape.
    ///
    /// Firmware searches what it receives for that text and takes a message that has it for a command, so an answer may
    /// not hold it in any key or value; stored params do (`actionTime`, `curtainAction`). As JSON the text means the same
    /// as before. The letter `t` is the one to escape because it is no hexadecimal digit: the letters before it may be
    /// the end of an escape. Source: `coolkit-websocket.md` §12.
    mutating func writeEscapingActionText(_ json: ByteBuffer) {
        json.withUnsafeReadableBytes { bytes in
            var start = 0
            while let found = Self.actionText(in: bytes, from: start) {
                let letter = found + 2
                writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<letter]))
                writeStaticString("\\u0074")
                start = letter + 1
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// Where the text begins next.
    private static func actionText(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let text: StaticString = "action"
        let length = text.utf8CodeUnitCount
        guard bytes.count - start >= length else { return nil }
        return (start...(bytes.count - length)).first { position in
            (0..<length).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
        }
    }
}
