/// A text the protocol passes around as a name: short, printable, and safe to stand in JSON without escapes.
package protocol WireIdentifier: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The text as it stands on the wire.
    var rawValue: String { get }
    /// The longest text accepted, in bytes.
    static var maximumLength: Int { get }
    /// Takes a text that has already been checked.
    init(unchecked rawValue: String)
}

extension WireIdentifier {
    /// Checks and takes `text`: 1 to `maximumLength` printable ASCII characters without space, `"` and `\`.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Self.maximumLength,
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else { return nil }
        self.init(unchecked: text)
    }

    package var description: String { rawValue }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let identifier = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a valid \(Self.self)")
            )
        }
        self = identifier
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// The `deviceid`: 10 characters (`1000` and 6 hex) for Wi-Fi devices, longer for sub-devices.
///
/// Source: protocol page `coolkit-device-side.md` §1 (OPL firmware keeps 44 bytes).
package struct DeviceID: WireIdentifier {
    package static let maximumLength = 64
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// An `apikey`: of a user (names the account in every message) or of a device (its factory secret); UUID text.
///
/// Source: `coolkit-websocket.md` §12, at most 127 characters.
package struct APIKey: WireIdentifier {
    package static let maximumLength = 127
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// The `appid` that an operator gives to a client application; 32 characters in every example.
package struct AppID: WireIdentifier {
    package static let maximumLength = 128
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
