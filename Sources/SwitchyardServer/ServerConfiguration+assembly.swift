import Foundation
import SwitchyardAPI
import SwitchyardCore
import SwitchyardTransport

extension DataDirectory {
    /// What goes into a backup, besides the database.
    var backupPlaces: BackupService.Places {
        BackupService.Places(
            certificates: certificates,
            firmware: firmware,
            configuration: configurationFile,
            backups: backups
        )
    }
}

extension ServerConfiguration {
    /// What clients are told about the listeners.
    func dispatchDirectory(certificateName: String?) -> DispatchDirectory {
        func advice(_ listener: Listener) -> DispatchAdvice {
            let fixedPort = listeners.endpoints(of: listener).first.map(\.port).flatMap { $0 == 0 ? nil : $0 }
            return DispatchAdvice(
                ipv4: listener.advertised.ipv4,
                domain: listener.advertised.domain,
                port: listener.advertised.port ?? fixedPort
            )
        }
        return DispatchDirectory(
            advice: [
                .public: advice(listeners.publicTLS),
                .device: advice(listeners.device),
                .plain: advice(listeners.plain),
            ],
            certificateName: certificateName
        )
    }

    /// Where devices are told to download: by the listener for it, else by the one without TLS.
    var firmwareLocation: FirmwareLocation {
        let (ota, plain) = (listeners.ota, listeners.plain)
        let addresses = [ota, plain, listeners.device, listeners.publicTLS].map(\.advertised.ipv4)
        let advertisedPort =
            ota.advertised.port ?? (ota.isEnabled ? nil : plain.isEnabled ? plain.advertised.port : nil)
        return FirmwareLocation(
            host: ota.advertised.domain ?? addresses.compactMap(\.self).first,
            port: advertisedPort
        )
    }

    /// What the first certificates are for: localhost, the host's name, and the addresses that are listened on.
    func certificateNames(hostName: String) -> CertificateNames {
        var dnsNames = ["localhost"]
        if hostName != "localhost", !hostName.isEmpty { dnsNames.append(hostName) }
        var addresses = ["127.0.0.1", "::1"]
        for listener in [listeners.publicTLS, listeners.device] {
            for endpoint in listeners.endpoints(of: listener) where NumericAddress(endpoint.host) != nil {
                let isAny = endpoint.host == "0.0.0.0" || endpoint.host == "::"
                if !isAny, !addresses.contains(endpoint.host) { addresses.append(endpoint.host) }
            }
        }
        for listener in [listeners.publicTLS, listeners.device] {
            if let domain = listener.advertised.domain, !dnsNames.contains(domain) { dnsNames.append(domain) }
            if let address = listener.advertised.ipv4, !addresses.contains(address) { addresses.append(address) }
        }
        return CertificateNames(dnsNames: dnsNames, addresses: addresses)
    }
}

/// The machine the server runs on.
enum SystemHost {
    /// Its host name, lower case; empty when it has none that could stand in a certificate.
    static var name: String {
        let name = ProcessInfo.processInfo.hostName.lowercased()
        return name.utf8.count <= 253 ? name : ""
    }
}

extension TLSVersion {
    /// The same for the transport.
    var minimum: TLSProfile.MinimumVersion {
        switch self {
        case .oneZero: .version10
        case .oneOne: .version11
        case .oneTwo: .version12
        case .oneThree: .version13
        }
    }
}
