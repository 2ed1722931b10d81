import Foundation
import SwitchyardTransport

/// Certificates that the servers of a test run share: made once, as making RSA keys takes longer than starting a server.
package enum TestCertificates {
    private static let files = Result { try make() }

    /// Puts them into a data folder, where a server finds them at its start.
    package static func install(in folder: String) throws {
        let directory = folder + "/certificates"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for (name, contents) in try files.get() {
            try contents.write(to: URL(filePath: directory + "/" + name))
        }
    }

    private static func make() throws -> [String: Data] {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try CertificateFiles(directory: folder).initialise(
            names: CertificateNames(dnsNames: ["localhost"], addresses: ["127.0.0.1"])
        )
        var files: [String: Data] = [:]
        for name in CertificateFiles.Name.allCases {
            for file in [name.certificate, name.key] {
                files[file] = try Data(contentsOf: URL(filePath: folder + "/" + file))
            }
        }
        return files
    }
}
