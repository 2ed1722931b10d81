import CoolkitWire
import Logging
import ServiceLifecycle
import SwitchyardCore
import SwitchyardTransport

/// Says twice a day which certificates in use expire soon or have expired.
struct CertificateWatch: Service {
    let certificates: [TLSContextSource]
    let clock: WallClock
    let logger: Logger

    private static let interval = Duration.seconds(43_200)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                for certificate in certificates { Self.warn(of: certificate, at: clock.now, logger) }
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }

    /// A line in the log if the certificate is near its end.
    static func warn(of certificate: TLSContextSource, at now: UnixTime, _ logger: Logger) {
        let advice = "switchyard cert init --renew, then SIGHUP"
        let metadata: Logger.Metadata = [
            "file": "\(certificate.certificateFile)", "notAfter": "\(certificate.notAfter)", "renewBy": "\(advice)",
        ]
        switch CertificateExpiry(notAfter: certificate.notAfter, at: now) {
        case .expired: logger.error("A certificate in use has expired: clients refuse it", metadata: metadata)
        case .soon(let days):
            logger.warning("A certificate in use expires in \(days) days", metadata: metadata)
        case .later: break
        }
    }
}
