package import CoolkitWire
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
    private let current: Mutex<Loaded>

    /// A context, and when the first certificate of its chain expires.
    private struct Loaded {
        let context: NIOSSLContext
        let notAfter: UnixTime
    }

    /// Reads both PEM files; throws `invalidInput`, saying which file is wrong and why.
    package init(certificateFile: String, keyFile: String, profile: TLSProfile) throws(SwitchyardError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.profile = profile
        current = Mutex(try Self.load(certificateFile: certificateFile, keyFile: keyFile, profile: profile))
    }

    /// The context for a new connection.
    package var context: NIOSSLContext { current.withLock { $0.context } }

    /// When the certificate in use expires: the earliest end of its chain.
    package var notAfter: UnixTime { current.withLock { $0.notAfter } }

    /// The certificate's file without folder and ending: `public`, `device`.
    package var name: String {
        let file = certificateFile.split(separator: "/").last.map(String.init) ?? certificateFile
        return file.hasSuffix(".pem") ? String(file.dropLast(4)) : file
    }

    /// Reads the files again.
    ///
    /// Throws and keeps the certificate in use if they cannot be used.
    package func reload() throws(SwitchyardError) {
        let loaded = try Self.load(certificateFile: certificateFile, keyFile: keyFile, profile: profile)
        current.withLock { $0 = loaded }
    }

    private static func load(
        certificateFile: String,
        keyFile: String,
        profile: TLSProfile
    ) throws(SwitchyardError) -> Loaded {
        let chain = try reading(certificateFile, "certificate") {
            try NIOSSLCertificate.fromPEMFile(certificateFile)
        }
        guard let end = chain.map(\.notValidAfter).min() else {
            throw SwitchyardError(.invalidInput, "\(certificateFile) holds no certificate")
        }
        let key = try reading(keyFile, "private key") { try NIOSSLPrivateKey(file: keyFile, format: .pem) }
        do {
            // Fails for a key that is not the certificate's.
            let context = try NIOSSLContext(configuration: profile.configuration(chain: chain, key: key))
            return Loaded(context: context, notAfter: UnixTime(seconds: Int64(end)))
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
