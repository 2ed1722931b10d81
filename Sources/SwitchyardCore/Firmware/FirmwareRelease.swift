package import CoolkitWire

/// A firmware for the devices of one model, as the operator uploaded it.
package struct FirmwareRelease: Hashable, Sendable {
    /// Stands in the address of the download.
    package let key: FirmwareKey
    package let model: String
    package let version: FirmwareVersion
    /// One or two, in the order in which a device is told of them.
    package let images: [FirmwareImage]
    package let createdAt: UnixTime

    package init(
        key: FirmwareKey,
        model: String,
        version: FirmwareVersion,
        images: [FirmwareImage],
        createdAt: UnixTime
    ) {
        self.key = key
        self.model = model
        self.version = version
        self.images = images
        self.createdAt = createdAt
    }

    /// The longest model that a firmware may be for.
    package static let maximumModelBytes = 64

    /// The image with this name.
    package func image(named name: String) -> FirmwareImage? { images.first { $0.name == name } }

    /// The path of an image below the address of the server: `/ota/rom/{key}/{file}`.
    ///
    /// Source: `coolkit-v1-http.md` §6.3.
    package func path(of image: FirmwareImage) -> String { "/ota/rom/\(key)/\(image.name)" }
}

/// One file of a firmware, and what a device is told of it.
package struct FirmwareImage: Hashable, Sendable {
    /// What the device knows it by: `user1.bin`.
    package let name: String
    package let digest: ImageDigest
    package let byteCount: Int

    package init(name: String, digest: ImageDigest, byteCount: Int) {
        self.name = name
        self.digest = digest
        self.byteCount = byteCount
    }

    /// The names of the images for the two halves of an ESP8266's flash.
    ///
    /// Source: `coolkit-device-side.md` §7.
    package static let halfNames = ["user1.bin", "user2.bin"]

    private static let maximumNameBytes = 32

    /// Whether the text may name an image: letters, digits, `.`, `-`, `_`, and no point in front.
    package static func isName(_ text: String) -> Bool {
        (1...maximumNameBytes).contains(text.utf8.count) && text.first != "."
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}

/// The part of a download's address that nobody can guess: 24 letters and digits, 142 bits.
package struct FirmwareKey: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    private static let length = 24

    package init?(_ text: String) {
        guard text.utf8.count == Self.length, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            return nil
        }
        rawValue = text
    }

    private init(unchecked rawValue: String) { self.rawValue = rawValue }

    package static func random() -> FirmwareKey { FirmwareKey(unchecked: RandomText.alphanumeric(length: length)) }

    package var description: String { rawValue }
}

/// The SHA-256 of an image as lower-case hex: what devices check, and the name of the file.
///
/// Source: `coolkit-device-side.md` §7.
package struct ImageDigest: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ text: String) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        guard text.utf8.count == 64, text.utf8.allSatisfy({ digits.contains($0) || letters.contains($0) }) else {
            return nil
        }
        rawValue = text
    }

    package var description: String { rawValue }
}
