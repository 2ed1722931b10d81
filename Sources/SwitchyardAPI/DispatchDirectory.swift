import NIOCore
import SwitchyardCore
package import SwitchyardTransport

/// What clients are told about one listener; nil is worked out per connection.
///
/// Source: `design.md` §9.
package struct DispatchAdvice: Hashable, Sendable {
    /// Dotted IPv4.
    ///
    /// Default: the local address of the accepted socket.
    package var ipv4: String?
    /// Default: the first DNS name of the public listener's certificate.
    package var domain: String?
    /// Default: the port of the listener that the request came in on.
    package var port: Int?

    package init(ipv4: String? = nil, domain: String? = nil, port: Int? = nil) {
        self.ipv4 = ipv4
        self.domain = domain
        self.port = port
    }
}

/// Knows which hub address to hand to whom.
///
/// Devices stay on the listener they came through, so that plain ones stay plain and old ones keep their TLS. Apps get the
/// public listener, except those that came through the plain one. Source: `coolkit-v1-http.md` §5.1, §5.3.
package struct DispatchDirectory: Sendable {
    /// Where a hub is found.
    struct Hub: Hashable, Sendable {
        let ipv4: String
        let domain: String
        let port: Int
    }

    private let advice: [ListenerKind: DispatchAdvice]
    private let certificateName: String?

    /// - Parameters:
    ///   - advice: what is configured. The public listener should have its port here when there is a device listener: apps
    ///     that ask through the device listener get that listener otherwise, as only the connection's own port is known.
    ///   - certificateName: the first DNS name of the public listener's certificate.
    package init(advice: [ListenerKind: DispatchAdvice] = [:], certificateName: String? = nil) {
        self.advice = advice
        self.certificateName = certificateName
    }

    /// The hub for an app.
    func hubForApps(_ connection: ConnectionInfo) -> Hub {
        hub(on: connection.listener == .plain ? .plain : .public, for: connection)
    }

    /// The hub for a device.
    func hubForDevices(_ connection: ConnectionInfo) -> Hub { hub(on: connection.listener, for: connection) }

    private func hub(on listener: ListenerKind, for connection: ConnectionInfo) -> Hub {
        let advised = advice[listener] ?? DispatchAdvice()
        let ipv4 =
            Self.dotted(advised.ipv4) ?? Self.dotted(connection.localAddress) ?? Self.fallbackIPv4(for: connection)
        return Hub(
            ipv4: ipv4,
            domain: advised.domain ?? advice[.public]?.domain ?? certificateName ?? ipv4,
            port: advised.port ?? connection.localPort
        )
    }

    /// The address as dotted IPv4, 15 characters at the most; nil when it is of another kind.
    private static func dotted(_ address: String?) -> String? {
        guard let bytes = address.flatMap({ NumericAddress($0) })?.bytes, bytes.count == 4 else { return nil }
        return bytes.map { String($0) }.joined(separator: ".")
    }

    /// The address for a client that came over IPv6, as firmware and apps read IPv4 only: loopback for loopback, else the
    /// machine's first IPv4 address that is none.
    ///
    /// Source: `coolkit-device-side.md` §3 (`IP` is copied into 20 bytes).
    private static func fallbackIPv4(for connection: ConnectionInfo) -> String {
        let loopback = "127.0.0.1"
        guard let local = NumericAddress(connection.localAddress), !local.isLoopback else { return loopback }
        // An unreadable list of interfaces leaves nothing better than loopback.
        let devices = (try? System.enumerateDevices()) ?? []
        let addresses = devices.compactMap { dotted($0.address?.ipAddress) }
        return addresses.first { NumericAddress($0)?.isLoopback == false } ?? loopback
    }
}
