/// Which bytes may stand where in a request.
///
/// Sources: RFC 9110 §5.5, §5.6.2; RFC 3986 §3.2.2, narrowed.
enum HTTPCharacters {
    /// What a line is made of: no control characters but the tab; bytes above ASCII are opaque.
    static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isUpperCase(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }

    static func lowered(_ byte: UInt8) -> UInt8 { isUpperCase(byte) ? byte | 0x20 : byte }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) }

    static func isToken(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte) }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) - 0x57
        default: nil
        }
    }

    /// A name or address, with or without a port.
    static func isHost(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first else { return false }
        let port: [UInt8]
        if first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let inside = text[..<end].dropFirst()
            let isAddress = inside.allSatisfy {
                hexValue($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
            guard !inside.isEmpty, isAddress else { return false }
            port = Array(text[end...].dropFirst())
        } else {
            let name = text.prefix { $0 != UInt8(ascii: ":") }
            guard !name.isEmpty, name.allSatisfy({ isLetterOrDigit($0) || "-._~%".utf8.contains($0) }) else {
                return false
            }
            port = Array(text.dropFirst(name.count))
        }
        return port.isEmpty || port[0] == UInt8(ascii: ":") && port.count <= 6 && port.dropFirst().allSatisfy(isDigit)
    }
}
