package import CoolkitWire
import SwitchyardCore
import SwitchyardSQLite
import SwitchyardTransport

/// Work on a data folder itself, without a server: certificates, migrations and restores.
package enum Maintenance {
    /// Why the work was not done, in words for people.
    package struct Failure: Error, Hashable, Sendable {
        package let message: String

        init(_ error: SwitchyardError) {
            message = error.underlying.map { "\(error.message): \($0)" } ?? error.message
        }
    }

    /// What `cert init` may overwrite.
    package enum Replacement: Sendable {
        /// Nothing.
        case nothing
        /// The server's certificates; the authority stays, and with it the trust of those who installed it.
        case leaves
        /// The authority too.
        case everything
    }

    /// Makes the authority and the server's certificates for these names and addresses; describes what is there then.
    package static func makeCertificates(
        in directory: DataDirectory,
        names: [String],
        addresses: [String],
        replacing: Replacement
    ) throws(Failure) -> JSON {
        let replacement: CertificateFiles.Replacement =
            switch replacing {
            case .nothing: .nothing
            case .leaves: .leaves
            case .everything: .everything
            }
        do {
            try CertificateFiles(directory: directory.certificates)
                .initialise(
                    names: CertificateNames(dnsNames: names, addresses: addresses),
                    replacing: replacement
                )
        } catch {
            throw Failure(error)
        }
        return try certificates(in: directory)
    }

    /// Describes the certificates of the folder: `{"certificates":[…]}`.
    package static func certificates(in directory: DataDirectory) throws(Failure) -> JSON {
        do {
            let now = WallClock.system.now
            let found = try CertificateFiles(directory: directory.certificates).describe()
            return ["certificates": JSON(found.map { describe($0, at: now) })]
        } catch {
            throw Failure(error)
        }
    }

    private static func describe(_ certificate: CertificateDescription, at now: UnixTime) -> JSON {
        [
            "file": JSON(certificate.file),
            "subject": JSON(certificate.subject),
            "issuer": JSON(certificate.issuer),
            "names": JSON(certificate.dnsNames.map { JSON($0) }),
            "addresses": JSON(certificate.addresses.map { JSON($0) }),
            "notBefore": JSON(certificate.notBefore.iso8601),
            "notAfter": JSON(certificate.notAfter.iso8601),
            "daysLeft": JSON(certificate.daysLeft(at: now)),
            "expiry": JSON(CertificateExpiry(notAfter: certificate.notAfter, at: now).text),
            "sha256": JSON(certificate.fingerprint),
            "keyType": JSON(certificate.keyType),
            "authority": JSON(certificate.isAuthority),
        ]
    }

    /// Brings the database to the schema of this version, making it when there is none: `{"database":…,"applied":[…]}`.
    ///
    /// - Parameter keepsBackup: whether a backup is written before a migration changes anything.
    package static func migrate(_ directory: DataDirectory, keepsBackup: Bool = true) throws(Failure) -> JSON {
        do {
            try finishRestore(in: directory)
            let applied = try SQLiteStore.migrate(path: directory.database, keepsBackup: keepsBackup)
            return ["database": JSON(directory.database), "applied": JSON(applied.map { JSON($0) })]
        } catch {
            throw Failure(error)
        }
    }
}
