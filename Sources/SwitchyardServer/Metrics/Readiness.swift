import ServiceLifecycle
import Synchronization

/// Whether the server can be used: from the moment everything listens until it is told to stop.
final class Readiness: Service {
    private let flag = Atomic(false)

    var isReady: Bool { flag.load(ordering: .acquiring) }

    func announce() { flag.store(true, ordering: .releasing) }

    func run() async throws {
        try? await gracefulShutdown()  // Being cancelled is an end as well.
        flag.store(false, ordering: .releasing)
    }
}
