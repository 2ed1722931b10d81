package import NIOSSL
package import SwitchyardCore
import Synchronization

/// The certificate and settings that new TLS connections of a listener use, replaceable while it runs.
///
/// One context serves until the next reload, since the keys of session tickets live in it. A reload that fails keeps
/// the old one; connections that exist go on as they are.
package final class TLSContextSource: Sendable {
    package let certificateFile: String
    private let keyFile: String
    private let profile: TLSProfile
    private let current: Mutex<NIOSSLContext>

    /// Reads both PEM files; throws `invalidInput`, saying which file is wrong and why.
    package init(certificateFile: String, keyFile: String, profile: TLSProfile) throws(SwitchyardError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.profile = profile
        let context = try Self.load(certificateFile: certificateFile, keyFile: keyFile, profile: profile)
        current = Mutex(context)
    }

    /// The context for a new connection.
    package var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads the files again.
    ///
    /// Throws and keeps the certificate in use if they cannot be used.
    package func reload() throws(SwitchyardError) {
        let context = try Self.load(certificateFile: certificateFile, keyFile: keyFile, profile: profile)
        current.withLock { $0 = context }
    }

    private static func load(
        certificateFile: String,
        keyFile: String,
        profile: TLSProfile
    ) throws(SwitchyardError) -> NIOSSLContext {
        let chain = try reading(certificateFile, "certificate") {
            try NIOSSLCertificate.fromPEMFile(certificateFile)
        }
        guard !chain.isEmpty else {
            throw SwitchyardError(.invalidInput, "\(certificateFile) holds no certificate")
        }
        let key = try reading(keyFile, "private key") { try NIOSSLPrivateKey(file: keyFile, format: .pem) }
        do {
            // Fails for a key that is not the certificate's.
            return try NIOSSLContext(configuration: profile.configuration(chain: chain, key: key))
        } catch {
            throw SwitchyardError(
                .invalidInput,
                "\(certificateFile) and \(keyFile) do not belong together or cannot be used",
                underlying: error
            )
        }
    }

    private static func reading<Result>(
        _ file: String,
        _ what: String,
        _ read: () throws -> Result
    ) throws(SwitchyardError) -> Result {
        do {
            return try read()
        } catch {
            throw SwitchyardError(.invalidInput, "cannot read the \(what) in \(file)", underlying: error)
        }
    }
}
