import CoolkitWire
import Logging
import ServiceLifecycle
import SwitchyardCore
import SwitchyardTransport
import UnixSignals

/// Reads the certificates again on SIGHUP.
///
/// Sessions go on; files that cannot be used leave the old certificate in place.
struct CertificateReload: Service {
    let sources: [TLSContextSource]
    let clock: WallClock
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            for source in sources {
                do {
                    try source.reload()
                    logger.notice(
                        "Certificate read again",
                        metadata: ["file": "\(source.certificateFile)", "notAfter": "\(source.notAfter)"]
                    )
                    CertificateWatch.warn(of: source, at: clock.now, logger)
                } catch {
                    logger.error(
                        "Certificate kept as it was: the new files cannot be used",
                        metadata: ["file": "\(source.certificateFile)", "error": "\(error)"]
                    )
                }
            }
        }
    }
}
