package import NIOCore

/// Which listener a connection came in through.
package enum ListenerKind: String, Hashable, Sendable {
    /// TLS 1.2 and later: apps, current devices, REST.
    case `public`
    /// TLS 1.0 to 1.2 with static RSA, for old firmware.
    case device
    /// No TLS: emulated devices and firmware of the 1.5.0 era on a trusted network.
    case plain
    /// No TLS: downloads of firmware, and nothing else.
    case ota
    /// No TLS: figures for the operator.
    case metrics
}

/// Where a connection came in, and from where.
package struct ConnectionInfo: Hashable, Sendable {
    package let listener: ListenerKind
    /// The accepted socket's own address as numeric text: what `/dispatch` may hand out.
    package let localAddress: String
    package let localPort: Int
    /// The peer's address as numeric text, behind a trusted proxy the client's: what rate limits count by.
    package let peerAddress: String
    package let peerPort: Int

    package init(listener: ListenerKind, localAddress: String, localPort: Int, peerAddress: String, peerPort: Int) {
        self.listener = listener
        self.localAddress = localAddress
        self.localPort = localPort
        self.peerAddress = peerAddress
        self.peerPort = peerPort
    }

    /// Reads the addresses of a channel; a channel without addresses (a Unix socket, a test) has empty ones.
    package init(channel: any Channel, listener: ListenerKind) {
        let local = channel.localAddress
        let peer = channel.remoteAddress
        self.init(
            listener: listener,
            localAddress: local?.numericText ?? "",
            localPort: local?.port ?? 0,
            peerAddress: peer?.numericText ?? "",
            peerPort: peer?.port ?? 0
        )
    }

    /// The same with the client's address in place of the proxy's.
    func forwarded(for client: String?) -> ConnectionInfo {
        guard let client else { return self }
        return ConnectionInfo(
            listener: listener,
            localAddress: localAddress,
            localPort: localPort,
            peerAddress: client,
            peerPort: 0
        )
    }

    /// The connection whose HTTP request the current task is answering; set around every responder call.
    ///
    /// A `RequestContext` takes it in `init(source:)`: `ConnectionInfo.current ?? ConnectionInfo(channel:
    /// source.channel, listener: .public)`. The second half is for tests that call a router without a socket.
    @TaskLocal package static var current: ConnectionInfo?
}

extension SocketAddress {
    /// The address without its port; an IPv4 address that came in on a dual-stack socket is shown as IPv4.
    package var numericText: String? {
        guard let text = ipAddress else { return nil }
        guard text.hasPrefix("::ffff:"), text.contains(".") else { return text }
        return String(text.dropFirst(7))
    }
}
