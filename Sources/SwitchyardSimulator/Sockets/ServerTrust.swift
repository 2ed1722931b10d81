import NIOCore
package import NIOSSL

/// Which servers are believed to be who they say.
package enum ServerTrust: Sendable, Hashable {
    /// The certificate authorities of this machine.
    case system
    /// Only the authorities in this PEM file, such as the server's own `certificates/ca.pem`.
    case authorities(file: String)
    /// Only the authorities in these PEM bytes.
    case authoritiesPEM([UInt8])
    /// Anybody, as the firmware of stock devices up to 1.5.5 does.
    ///
    /// Source: `coolkit-device-side.md` §8.
    case anybody

    /// The TLS settings of a client with this trust: TLS 1.2 or 1.3, chain and name verified unless `anybody` is trusted.
    ///
    /// - Throws: `SimulatorError` if the file or the bytes hold no certificate.
    package func makeConfiguration() throws(SimulatorError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .seconds(1)
        switch self {
        case .system:
            break
        case .authorities(let file):
            configuration.trustRoots = .certificates(
                try Self.certificates("file \(file)") { try NIOSSLCertificate.fromPEMFile(file) }
            )
        case .authoritiesPEM(let bytes):
            configuration.trustRoots = .certificates(
                try Self.certificates("given PEM text") { try NIOSSLCertificate.fromPEMBytes(bytes) }
            )
        case .anybody:
            configuration.certificateVerification = .none
        }
        return configuration
    }

    private static func certificates(
        _ origin: String,
        read: () throws -> [NIOSSLCertificate]
    ) throws(SimulatorError) -> [NIOSSLCertificate] {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try read()
        } catch {
            throw SimulatorError(.invalidInput, "the \(origin) cannot be read as certificates: \(error)")
        }
        guard !certificates.isEmpty else {
            throw SimulatorError(.invalidInput, "the \(origin) holds no certificate")
        }
        return certificates
    }

    /// A context for many connections with this trust.
    package func makeContext() throws(SimulatorError) -> NIOSSLContext {
        let configuration = try makeConfiguration()
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw SimulatorError(.invalidInput, "TLS cannot be set up: \(error)")
        }
    }
}
