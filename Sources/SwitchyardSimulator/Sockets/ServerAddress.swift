import NIOCore
import NIOSSL

/// Where a server listens, and whether the way there is encrypted.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name, or an IPv4 or IPv6 address without brackets.
    package var host: String
    package var port: Int
    package var usesTLS: Bool
    /// The name that the server's certificate must carry; `nil` stands for `host`.
    ///
    /// With it one connects to an address while verifying a name that resolves nowhere. A DNS name, never an address.
    package var certificateName: String?

    package init(host: String, port: Int, usesTLS: Bool = true, certificateName: String? = nil) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.certificateName = certificateName
    }

    /// Reads `https://host[:port]`, and the same with `http`, `wss` and `ws`; a path is not allowed.
    ///
    /// - Throws: `SimulatorError` with a message that says what is wrong.
    package init(url: String, certificateName: String? = nil) throws(SimulatorError) {
        guard let separator = url.firstRange(of: "://") else {
            throw SimulatorError(.invalidInput, "'\(url)' is no server address: write https://HOST:PORT")
        }
        let usesTLS: Bool
        switch url[..<separator.lowerBound].lowercased() {
        case "https", "wss": usesTLS = true
        case "http", "ws": usesTLS = false
        case let scheme: throw SimulatorError(.invalidInput, "'\(scheme)' in '\(url)' is not http, https, ws or wss")
        }
        var authority = url[separator.upperBound...]
        if authority.hasSuffix("/") { authority.removeLast() }
        let (host, port) = try Self.split(authority, of: url)
        self.init(host: host, port: port ?? (usesTLS ? 443 : 80), usesTLS: usesTLS, certificateName: certificateName)
    }

    /// Splits `host:port` or `[address]:port`.
    private static func split(
        _ authority: Substring,
        of url: String
    ) throws(SimulatorError) -> (host: String, port: Int?) {
        let fault = SimulatorError(.invalidInput, "'\(url)' is no server address: write https://HOST:PORT")
        guard !authority.contains(where: { $0 == "/" || $0 == "?" || $0 == "#" || $0 == "@" }) else { throw fault }
        let host: Substring
        let rest: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw fault }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
        }
        guard !host.isEmpty else { throw fault }
        guard !rest.isEmpty else { return (String(host), nil) }
        guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { throw fault }
        return (String(host), Int(port))
    }

    /// `host:port` as it stands in a `Host` header.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The base address of HTTP calls, with the name that is verified in place of the host.
    package var httpBase: String {
        let named = ServerAddress(host: certificateName ?? host, port: port)
        return "\(usesTLS ? "https" : "http")://\(named.authority)"
    }

    /// The host if it is a name, `nil` if it is an address.
    var hostName: String? { (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil }

    /// What to tell of `error`, which came up in `act`; a refusal of the certificate says what to look at.
    func failure(of act: String, _ error: any Error) -> SimulatorError {
        let isTLS = error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError
        let name = certificateName ?? host
        let advice = isTLS ? " (TLS: does the CA file belong to this server, and is '\(name)' in its certificate?)" : ""
        return SimulatorError(.connectionFailed, "\(act) at \(self) failed: \(error)\(advice)")
    }

    package var description: String { "\(usesTLS ? "https" : "http")://\(authority)" }
}
