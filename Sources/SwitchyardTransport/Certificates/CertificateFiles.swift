package import CoolkitWire
import Foundation
package import SwitchyardCore
import X509

/// The certificates of a data folder: `ca.pem`, `public.pem` and `device.pem`, each with its `.key`.
///
/// The folder has mode 0700, the files 0600. A file is written beside its place, synced and moved there, so that a
/// reader finds the old one or the new one.
package struct CertificateFiles: Sendable {
    /// What may be overwritten.
    package enum Replacement: Sendable {
        /// Nothing: files that exist are an error.
        case nothing
        /// The server's certificates. The authority stays, and with it the trust of those who installed it.
        case leaves
        /// The authority too.
        case everything
    }

    package enum Name: String, CaseIterable, Sendable {
        case authority = "ca"
        case `public`
        case device

        package var certificate: String { rawValue + ".pem" }
        package var key: String { rawValue + ".key" }
    }

    /// The folder, `certificates` in the data folder.
    package let directory: String

    package init(directory: String) { self.directory = directory }

    package func certificateFile(_ name: Name) -> String { directory + "/" + name.certificate }
    package func keyFile(_ name: Name) -> String { directory + "/" + name.key }

    /// Whether the public listener has what it needs.
    package var hasPublicCertificate: Bool {
        FileManager.default.fileExists(atPath: certificateFile(.public))
            && FileManager.default.fileExists(atPath: keyFile(.public))
    }

    /// Makes the authority and the certificates of the public and the device listener.
    ///
    /// Throws `alreadyExists` when it would overwrite what `replacing` does not allow, `invalidInput` for a name that
    /// cannot stand in a certificate, `storageFailed` when a file cannot be written.
    package func initialise(
        names: CertificateNames,
        replacing: Replacement = .nothing,
        now: UnixTime = WallClock.system.now
    ) throws(SwitchyardError) {
        _ = try names.subjectAlternativeNames()
        if replacing == .nothing { try refuseExisting() }
        let kept = replacing == .leaves ? try existingAuthority(now: now) : nil
        let issued: [(Name, IssuedCertificate)]
        do {
            let authority = try kept ?? CertificateAuthority(makingAt: now)
            let leaves: [(Name, IssuedCertificate)] = [
                (.public, try authority.issueServerCertificate(for: names, at: now)),
                (.device, try CertificateAuthority.makeDeviceCertificate(for: names, at: now)),
            ]
            issued = kept == nil ? [(.authority, try authority.pem())] + leaves : leaves
        } catch {
            throw SwitchyardError(.internalFault, "the certificates cannot be made", underlying: error)
        }
        let folder = PrivateFolder(path: directory)
        try folder.create()
        for (name, certificate) in issued {
            try folder.write(certificate.keyPEM, to: name.key)
            try folder.write(certificate.certificatePEM, to: name.certificate)
        }
    }

    /// Describes the certificates that are there, the authority first.
    package func describe() throws(SwitchyardError) -> [CertificateDescription] {
        var descriptions: [CertificateDescription] = []
        for name in Name.allCases where FileManager.default.fileExists(atPath: certificateFile(name)) {
            descriptions.append(try CertificateDescription(file: certificateFile(name)))
        }
        return descriptions
    }

    private func refuseExisting() throws(SwitchyardError) {
        for name in Name.allCases {
            for file in [certificateFile(name), keyFile(name)] where FileManager.default.fileExists(atPath: file) {
                throw SwitchyardError(.alreadyExists, "\(file) exists already")
            }
        }
    }

    /// The authority on disk, if it is there; one that is about to expire cannot be kept.
    private func existingAuthority(now: UnixTime) throws(SwitchyardError) -> CertificateAuthority? {
        guard FileManager.default.fileExists(atPath: certificateFile(.authority)),
            FileManager.default.fileExists(atPath: keyFile(.authority))
        else { return nil }
        let authority: CertificateAuthority
        do {
            authority = try CertificateAuthority(
                certificatePEM: try String(contentsOfFile: certificateFile(.authority), encoding: .utf8),
                keyPEM: try String(contentsOfFile: keyFile(.authority), encoding: .utf8)
            )
        } catch {
            throw SwitchyardError(.invalidInput, "\(certificateFile(.authority)) cannot be used", underlying: error)
        }
        guard authority.outlives(serverCertificateFrom: now) else {
            throw SwitchyardError(
                .invalidInput,
                "\(certificateFile(.authority)) expires too soon to sign with, or its key is another's: replace everything"
            )
        }
        return authority
    }
}
