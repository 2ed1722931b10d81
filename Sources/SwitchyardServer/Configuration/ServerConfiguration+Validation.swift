import SwitchyardCore
import SwitchyardTransport

extension ServerConfiguration {
    /// What is wrong with the configuration as a whole, each value being well formed by itself.
    ///
    /// `origins` tells where a key was set, for the messages.
    package func validate(origins: [String: String] = [:]) -> [ConfigurationFault] {
        var faults: [ConfigurationFault] = []
        func fault(_ key: String, _ problem: String) {
            faults.append(ConfigurationFault(place: origins[key] ?? key, problem: problem))
        }
        validateDataDirectory(fault)
        validateListeners(fault)
        validateMail(fault)
        if protocolSettings.refreshTokenLifetime < protocolSettings.accessTokenLifetime {
            fault("protocol.refreshTokenLifetime", "must not be shorter than protocol.accessTokenLifetime")
        }
        if protocolSettings.simpleDispatchPaths.count > 16 {
            fault("protocol.simpleDispatchPaths", "has more than 16 paths")
        }
        if limits.connectionsPerAddress > limits.connections {
            fault("limits.connectionsPerAddress", "must not be greater than limits.connections")
        }
        return faults
    }

    private func validateDataDirectory(_ fault: (_ key: String, _ problem: String) -> Void) {
        // The path of a Unix socket has 108 bytes with its terminator.
        if dataDirectory.adminSocket.utf8.count > 107 {
            fault("data", "the path of the admin socket would be longer than 107 bytes; use a shorter or relative path")
        }
    }

    private func validateListeners(_ fault: (_ key: String, _ problem: String) -> Void) {
        if listeners.publicTLS.addresses.isEmpty {
            fault("listeners.public.addresses", "needs at least one address, for example 127.0.0.1")
        }
        if listeners.metrics.isEnabled, listeners.metrics.addresses.isEmpty {
            fault("listeners.metrics.addresses", "needs at least one address, for example 127.0.0.1")
        }
        if demo, let address = listeners.publicTLS.addresses.first(where: \.isEveryInterface) {
            let problem = "a demo is not started on every interface (\(address)); name one address with --listen"
            fault("demo", problem)
        }
        validatePorts(fault)
    }

    private func validateMail(_ fault: (_ key: String, _ problem: String) -> Void) {
        guard let host = mail.host else { return }
        if mail.from == nil { fault("mail.from", "needs an e-mail address, the sender of what goes through mail.host") }
        if (mail.user == nil) != (mail.passwordFile == nil) {
            fault("mail.user", "and mail.passwordFile belong together")
        }
        if mail.security == .none, host != "localhost", NumericAddress(host)?.isLoopback != true {
            fault("mail.security", "may be none only for a mail server on this machine (localhost)")
        }
    }

    /// No two listeners may bind the same port of the same host.
    private func validatePorts(_ fault: (_ key: String, _ problem: String) -> Void) {
        let named: [(String, Listener)] = [
            ("public", listeners.publicTLS), ("device", listeners.device), ("plain", listeners.plain),
            ("ota", listeners.ota), ("metrics", listeners.metrics),
        ]
        var taken: [(endpoint: Endpoint, name: String)] = []
        for (name, listener) in named {
            for endpoint in listeners.endpoints(of: listener) where endpoint.port != 0 {
                if let other = taken.first(where: { $0.endpoint.collides(with: endpoint) }) {
                    let problem =
                        "\(endpoint) is taken by the \(other.name) listener (\(other.endpoint)); choose another port"
                    fault("listeners.\(name).port", problem)
                }
                taken.append((endpoint, name))
            }
        }
    }
}

extension Endpoint {
    /// Whether both cannot be bound: same port, and the same host or one of them every interface.
    fileprivate func collides(with other: Endpoint) -> Bool {
        guard port == other.port else { return false }
        let isEveryInterface = [self, other].contains { ListenAddress(host: $0.host).isEveryInterface }
        return isEveryInterface || host == other.host
    }
}
