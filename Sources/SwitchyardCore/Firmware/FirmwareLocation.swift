import CoolkitWire
import Synchronization

/// Where devices find their images: the address that stands in front of `/ota/rom/…`.
///
/// It is plain HTTP, as firmware has no TLS for downloads. Source: `coolkit-v1-http.md` §6.3.
package final class FirmwareLocation: Sendable {
    private let host: String?
    private let port: Mutex<Int?>

    /// An address longer than this is cut off by firmware.
    ///
    /// Source: `coolkit-device-side.md` §7, URL < 128 characters.
    private static let maximumBytes = 127

    /// - Parameters:
    ///   - host: what is configured; nil for the local address of the connection at hand.
    ///   - port: what is configured; nil for the port of a listener without TLS, told by `bind(to:)`.
    package init(host: String?, port: Int?) {
        self.host = host
        self.port = Mutex(port)
    }

    /// A listener without TLS has this port; the first one told counts.
    package func bind(to port: Int) {
        self.port.withLock { if $0 == nil { $0 = port } }
    }

    /// The address of a path for whoever reaches the server at `localAddress`.
    ///
    /// Throws `invalidInput` when there is none, in words for the operator.
    func url(of path: String, through localAddress: String?) throws(SwitchyardError) -> String {
        guard let port = port.withLock({ $0 }) else {
            throw SwitchyardError(
                .invalidInput,
                "devices download without TLS, and no listener does without: switch on listeners.ota"
            )
        }
        guard let host = host ?? localAddress.flatMap(Self.dotted) else {
            throw SwitchyardError(
                .invalidInput,
                "the address of this server is not known: set listeners.ota.advertise.ipv4 or .domain"
            )
        }
        let url = "http://\(host):\(port)\(path)"
        guard url.utf8.count <= Self.maximumBytes else {
            throw SwitchyardError(
                .invalidInput,
                "the address of the download is longer than \(Self.maximumBytes) bytes, which firmware cuts off: shorten "
                    + "listeners.ota.advertise.domain"
            )
        }
        return url
    }

    /// The address if it is IPv4: firmware reads no other.
    private static func dotted(_ address: String) -> String? {
        NumericAddress(address)?.bytes.count == 4 ? address : nil
    }
}
