import NIOCore
import NIOSSL

/// What a TLS listener offers.
package enum TLSProfile: Sendable {
    /// The oldest version a public listener takes: the setting `publicTLSMinimum`.
    package enum MinimumVersion: String, Sendable, CaseIterable {
        case version10 = "1.0"
        case version11 = "1.1"
        case version12 = "1.2"
        case version13 = "1.3"
    }

    /// Apps and current devices: up to TLS 1.3, HTTP/1.1 by ALPN.
    case `public`(minimum: MinimumVersion)
    /// Old firmware: TLS 1.0 to 1.2, RSA key exchange with CBC among the suites, no client certificate, no ALPN.
    case device

    /// A peer's half of closing TLS is waited for this long; it holds the connection's buffers meanwhile.
    private static let shutdownSeconds: Int64 = 1

    /// Of TLS 1.2: forward secrecy and authenticated encryption alone; all suites of TLS 1.3 are of that kind.
    ///
    /// Source: RFC 9325 §4.2.
    private static let publicSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]

    /// TLS 1.0 and 1.1 have no authenticated encryption; whoever lets them in gets forward secrecy at least.
    private static let olderSuites = [
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
    ]

    /// Source: coolkit-device-side.md §8.
    ///
    /// The SHA-256 CBC suites are not in the TLS library; those with SHA suffice.
    private static let deviceSuites = [
        "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA",
    ]

    func configuration(chain: [NIOSSLCertificate], key: NIOSSLPrivateKey) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.certificateVerification = .none
        configuration.shutdownTimeout = .seconds(Self.shutdownSeconds)
        switch self {
        case .public(let minimum):
            configuration.minimumTLSVersion = minimum.tlsVersion
            configuration.cipherSuites = Self.suites(from: minimum).joined(separator: ":")
            configuration.applicationProtocols = ["http/1.1"]
        case .device:
            configuration.minimumTLSVersion = .tlsv1
            configuration.maximumTLSVersion = .tlsv12
            configuration.cipherSuites = Self.deviceSuites.joined(separator: ":")
        }
        return configuration
    }

    private static func suites(from minimum: MinimumVersion) -> [String] {
        switch minimum {
        case .version10, .version11: publicSuites + olderSuites
        case .version12, .version13: publicSuites
        }
    }
}

extension TLSProfile.MinimumVersion {
    fileprivate var tlsVersion: TLSVersion {
        switch self {
        case .version10: .tlsv1
        case .version11: .tlsv11
        case .version12: .tlsv12
        case .version13: .tlsv13
        }
    }
}
