package import SwitchyardCore

/// Everything that can be set about a server, read once at start (`load(options:environment:)`) and never changed.
///
/// The keys, forms and ranges of the fields are in `ConfigurationField+table.swift`; `docs/configuration.md` is made of it.
package struct ServerConfiguration: Hashable, Sendable {
    /// The folder that holds everything the server keeps.
    ///
    /// Default `./data`.
    package var dataDirectory = DataDirectory(path: "./data")
    package var listeners = Listeners()
    /// Peers whose `X-Forwarded-For` is believed; they are exempt from `limits.connectionsPerAddress`.
    ///
    /// Default: none.
    package var trustedProxies: [AddressRange] = []
    /// The settings of the protocol, handed to every part of the server.
    package var protocolSettings = ProtocolSettings()
    /// How firmware is kept and handed out.
    package var firmware = FirmwareSettings()
    /// What of the history of devices is kept.
    package var history = HistorySettings()
    /// The mail server that sends verification codes.
    package var mail = Mail()
    package var limits = Limits()
    package var log = Log()
    /// Starts with a demo account, an app id and one simulated switch.
    ///
    /// Default off; refused on every interface.
    package var demo = false

    /// All defaults.
    package init() {}
}

extension ServerConfiguration {
    /// Where the server listens.
    ///
    /// Source: `design.md` §1 and §9.
    package struct Listeners: Hashable, Sendable {
        /// HTTPS and WSS for apps, and for devices that bear it.
        ///
        /// Default 127.0.0.1:8080, always on.
        package var publicTLS = Listener(isEnabled: true, addresses: [ListenAddress(host: "127.0.0.1")], port: 8_080)
        /// The oldest TLS version of the public listener.
        ///
        /// Default 1.2 (`publicTLSMinimum` of the protocol's settings).
        package var publicMinimumTLS = TLSVersion.oneTwo
        /// TLS 1.0 and later with an RSA certificate, for old firmware.
        ///
        /// Default off, port 8443.
        package var device = Listener(isEnabled: false, addresses: [], port: 8_443)
        /// HTTP and WS without TLS, for a trusted network.
        ///
        /// Default off, port 8081.
        package var plain = Listener(isEnabled: false, addresses: [], port: 8_081)
        /// HTTP without TLS for downloads of firmware alone.
        ///
        /// Default off, port 8088. Source: `coolkit-v1-http.md` §6.3.
        package var ota = Listener(isEnabled: false, addresses: [], port: 8_088)

        /// HTTP without TLS for `/metrics`, `/healthz` and `/readyz`.
        ///
        /// Default off, 127.0.0.1:9464. Source: `design.md` §1 and §9.
        package var metrics = Listener(isEnabled: false, addresses: [ListenAddress(host: "127.0.0.1")], port: 9_464)

        /// Whether answers of 1 to 256 KiB are compressed for clients that ask, except on the device listener.
        ///
        /// Default on.
        package var compression = true

        /// All defaults.
        package init() {}

        /// One of the listeners that serve clients.
        package subscript(name: ListenerName) -> Listener {
            get {
                switch name {
                case .publicTLS: publicTLS
                case .device: device
                case .plain: plain
                case .ota: ota
                }
            }
            set {
                switch name {
                case .publicTLS: publicTLS = newValue
                case .device: device = newValue
                case .plain: plain = newValue
                case .ota: ota = newValue
                }
            }
        }

        /// The addresses to bind for `listener`; without own addresses it uses the hosts of the public listener.
        package func endpoints(of listener: Listener) -> [Endpoint] {
            guard listener.isEnabled else { return [] }
            guard listener.addresses.isEmpty else {
                return listener.addresses.map { Endpoint(host: $0.host, port: $0.port ?? listener.port) }
            }
            var hosts: [String] = []
            for address in publicTLS.addresses where !hosts.contains(address.host) { hosts.append(address.host) }
            return hosts.map { Endpoint(host: $0, port: listener.port) }
        }
    }

    /// The listeners that serve clients, by their key in the configuration.
    package enum ListenerName: String, Sendable, CaseIterable {
        case publicTLS = "public"
        case device
        case plain
        case ota
    }

    /// One listener: its addresses, and what clients are told about it.
    package struct Listener: Hashable, Sendable {
        package var isEnabled: Bool
        /// Empty: the hosts of the public listener.
        package var addresses: [ListenAddress]
        /// The port of every address that names none; 0 lets the system choose.
        package var port: Int
        package var advertised = Advertisement()

        package init(isEnabled: Bool, addresses: [ListenAddress], port: Int) {
            self.isEnabled = isEnabled
            self.addresses = addresses
            self.port = port
        }
    }

    /// What dispatch tells clients about a listener; nil is worked out per connection.
    ///
    /// Source: `design.md` §9.
    package struct Advertisement: Hashable, Sendable {
        /// Default: the local address of the accepted socket.
        package var ipv4: String?
        /// Default: the first DNS name of the listener's certificate.
        package var domain: String?
        /// Default: the port the listener is bound to.
        package var port: Int?

        /// All defaults.
        package init() {}
    }

    /// Bounds on connections and on what they may send.
    ///
    /// Source: `design.md` §4.
    package struct Limits: Hashable, Sendable {
        /// Event loops that carry connections; 0: one per processor.
        ///
        /// Default 0, at most 256.
        package var eventLoops = 0
        /// How many there are with that.
        var eventLoopThreads: Int { eventLoops > 0 ? eventLoops : ProcessorCount.usable }
        /// Connections at a time, over all listeners.
        ///
        /// Default 16 000.
        package var connections = 16_000
        /// Connections at a time from one address, IPv6 by its /64.
        ///
        /// Default 1 024.
        package var connectionsPerAddress = 1_024
        /// Connections of one address, IPv6 by its /64, that may be slow while further ones are let in from there.
        ///
        /// Default 64.
        package var slowConnectionsPerAddress = 64
        /// TLS handshake steps that an event loop takes before it serves its other connections again.
        ///
        /// Default 1.
        package var handshakesPerTurn = 1
        /// Failed log-ins from one address, at once, before it is refused; clients that the account knows do not count.
        ///
        /// Default 30.
        package var failedLoginsPerAddress = 30
        /// How many of them are forgiven in an hour, one after the other.
        ///
        /// Default 120.
        package var failedLoginsPerAddressAndHour = 120
        /// Failed log-ins of strangers to one account, at once, before they are refused; a client that the account knows has as
        /// many of its own.
        ///
        /// Default 10. Clients that decode a wrong password and try once more need two.
        package var failedLoginsPerAccount = 10
        /// How many of them are forgiven in an hour, one after the other; of those of known clients a third.
        ///
        /// Default 30, which makes 40 guesses within an hour at the most.
        package var failedLoginsPerAccountAndHour = 30
        /// Wrong signatures, unknown app ids, refresh tokens and codes of authorization from one address, at once.
        ///
        /// Default 60.
        package var failedCredentialsPerAddress = 60
        /// How many of them are forgiven in an hour, one after the other.
        ///
        /// Default 600.
        package var failedCredentialsPerAddressAndHour = 600
        /// Verification codes asked for per hour from one address before it is refused; from an IPv6 site (/48) four times as many.
        ///
        /// Default 60.
        package var codesPerAddress = 60
        /// Verification codes that are sent within 24 hours, to all together; then nobody gets one.
        ///
        /// Default 20 000. It bounds what a mail server is asked to send, and what is remembered.
        package var codesPerDay = 20_000
        /// How long a stop may take until connections are cut.
        ///
        /// Default 4 seconds.
        package var stopDeadline = Duration.seconds(4)

        /// All defaults.
        package init() {}
    }

    /// What is logged, to standard error.
    package struct Log: Hashable, Sendable {
        /// The least important level that is written.
        ///
        /// Default `info`.
        package var level = LogLevel.info
        /// Default `text`.
        package var format = LogFormat.text

        /// All defaults.
        package init() {}
    }
}

/// A TLS version that may be the oldest one of the public listener.
///
/// SSLv3 cannot be had. Source: `coolkit-v1-http.md` §1.
package enum TLSVersion: String, Sendable, CaseIterable {
    case oneZero = "1.0"
    case oneOne = "1.1"
    case oneTwo = "1.2"
    case oneThree = "1.3"
}

/// The levels of swift-log, named as in the configuration.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

/// How a log line is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people and journals.
    case text
    /// One JSON object a line.
    case json
}
