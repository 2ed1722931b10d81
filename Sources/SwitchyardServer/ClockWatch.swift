import Logging
import ServiceLifecycle
import SwitchyardCore

/// Keeps the server's own time near the system's clock, and says when that jumps.
struct ClockWatch: Service {
    let clock: SteadyClock
    let logger: Logger

    private static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let finding = clock.look() { tell(finding) }
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }

    private func tell(_ finding: SteadyClock.Finding) {
        switch finding {
        case .jumped(let step):
            logger.warning(
                "The system's clock jumped; the server keeps its own time unless that lasts",
                metadata: ["seconds": "\(step.components.seconds)", "believedAfter": "\(SteadyClock.hold)"]
            )
        case .returned:
            logger.notice("The system's clock is back where it was")
        case .followed(let step):
            logger.warning(
                "The server follows the system's clock, which has stayed where it jumped to",
                metadata: ["seconds": "\(step.components.seconds)"]
            )
        }
    }
}
