package import CoolkitWire
import NIOCore

/// The `params` of an `upgrade`, in the order of the captures: model, version, and `binList` with an entry for each image.
///
/// `downloadUrl` is followed by another text, as firmware searches for the quote and comma behind it. Source:
/// `coolkit-websocket.md` §6.4, `coolkit-device-side.md` §7.
package enum UpgradeMessage {
    /// One entry of `binList`.
    package struct Bin: Hashable, Sendable {
        package let downloadURL: String
        package let digest: ImageDigest
        package let name: String

        package var json: JSON {
            ["downloadUrl": JSON(downloadURL), "digest": JSON(digest.rawValue), "name": JSON(name)]
        }
    }

    /// What an upgrade message of an app is about, as far as it says.
    struct Subject {
        let model: String
        let version: String
        let keys: Set<FirmwareKey>
    }

    static func params(model: String, version: FirmwareVersion, bins: [Bin]) -> ByteBuffer {
        let message: JSON = [
            "model": JSON(model), "version": JSON(version.text), "binList": JSON(bins.map(\.json)),
        ]
        return message.buffer
    }

    /// Reads what a message that goes to a device is about.
    ///
    /// The one place on the way of a message that makes a tree of it: upgrades are rare.
    static func subject(of params: ByteBuffer) -> Subject {
        // What is no JSON never gets here; what has other members says nothing.
        let message = (try? JSON(parsing: params)) ?? .null
        let urls = (message["binList"]?.arrayValue ?? []).compactMap { $0["downloadUrl"]?.stringValue }
        let keys = urls.compactMap { url -> FirmwareKey? in
            let parts = url.split(separator: "/")
            guard let place = parts.firstIndex(of: "rom"), place + 1 < parts.count else { return nil }
            return FirmwareKey(String(parts[place + 1]))
        }
        return Subject(
            model: message["model"]?.stringValue ?? "",
            version: message["version"]?.stringValue ?? "",
            keys: Set(keys)
        )
    }
}
