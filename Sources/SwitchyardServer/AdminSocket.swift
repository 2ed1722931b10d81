import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import SwitchyardAPI
import SwitchyardCore
import SwitchyardTransport

/// The admin API on the Unix socket of the data folder.
///
/// It appears when all listeners are bound: a sign of readiness.
///
/// The socket's permission (0600, by the process's umask) is the trust.
struct AdminSocket: Service {
    let server: Switchyard
    let whenReady: @Sendable (Switchyard) async throws -> Void

    /// The longest path a Unix socket may have, with its final zero.
    private static let longestPath = 107

    func run() async throws {
        let path = server.configuration.dataDirectory.adminSocket
        guard path.utf8.count <= Self.longestPath else {
            throw SwitchyardError(
                .invalidInput,
                "the path of the admin socket is longer than \(Self.longestPath) bytes; choose a shorter data folder: \(path)"
            )
        }
        try await server.awaitListeners()
        // What a server that was killed left behind: the store's lock says that none is running.
        try? FileManager.default.removeItem(atPath: path)
        let api = AdminAPI(
            accounts: server.accounts,
            verification: server.verification,
            applications: server.applications,
            devices: server.devices,
            shares: server.shares,
            registry: server.registry,
            commands: server.commands,
            upgrades: server.upgrades,
            backups: server.backups,
            history: server.history,
            sessions: server.sessions,
            bus: server.bus,
            clock: server.environment.wallClock
        )
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        let application = Application(
            responder: api.makeRouter().buildResponder(),
            configuration: .init(address: .unixDomainSocket(path: path), serverName: nil),
            onServerRunning: { _ in isReady.finish() },
            eventLoopGroupProvider: .shared(server.eventLoops),
            logger: server.environment.logger
        )
        defer { try? FileManager.default.removeItem(atPath: path) }  // already gone is as good
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await application.run()
                return true
            }
            group.addTask {
                for await _ in ready {}
                if !Task.isCancelled { try await self.announce() }
                return false
            }
            while let isOver = try await group.next(), !isOver {}
            group.cancelAll()
        }
    }

    private func announce() async throws {
        var metadata: Logger.Metadata = ["data": "\(server.configuration.dataDirectory)"]
        for (name, listener) in server.listeners {
            metadata[name.rawValue] = "\(listener.configuration.host):\(try await listener.boundPort())"
        }
        for listener in server.metricsListeners {
            metadata["metrics"] = "\(listener.configuration.host):\(try await listener.boundPort())"
        }
        server.readiness.announce()
        server.environment.logger.notice("Ready", metadata: metadata)
        try await whenReady(server)
    }
}
