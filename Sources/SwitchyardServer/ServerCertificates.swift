import CoolkitWire
import Logging
import SwitchyardCore
import SwitchyardTransport

/// The certificates in the data folder, as the server uses them at its start.
struct ServerCertificates {
    let configuration: ServerConfiguration
    let files: CertificateFiles

    init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
        files = CertificateFiles(directory: configuration.dataDirectory.certificates)
    }

    /// Makes a private authority and leaves for what this server is reached by, when there is no certificate yet.
    func makeMissing(at time: UnixTime, logger: Logger) throws(SwitchyardError) {
        guard !files.hasPublicCertificate else { return }
        let names = configuration.certificateNames(hostName: SystemHost.name)
        try files.initialise(names: names, now: time)
        logger.notice(
            "Made a private certificate authority and certificates; clients have to trust its ca.pem",
            metadata: ["directory": "\(files.directory)"]
        )
    }

    /// The first DNS name of the public certificate that is no wildcard: what apps are told by dispatch.
    func publicName() throws(SwitchyardError) -> String? {
        let file = files.certificateFile(.public)
        let description = try files.describe().first { $0.file == file }
        return description?.dnsNames.first { !$0.hasPrefix("*") }
    }
}
