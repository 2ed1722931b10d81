package import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle
package import SwitchyardCore

/// One listening socket with everything behind it, as a service: it binds, serves, and stops gracefully.
///
/// A connection passes TLS (`TLSContextSource`), the phase limits, HTTP/1.1 and `HTTPRequestGuard`. Its first request
/// may turn it into a `WebSocketConnection`, whose delegate comes from `admit`; all others go to the responder. What
/// a message means is known to neither. On graceful shutdown the listener stops accepting, tells WebSockets
/// (`WebSocketDelegate.shuttingDown`), closes idle HTTP connections, lets requests under way be answered, and cuts off
/// what is left after `HTTPLimits.drain`.
package final class HTTPListener: Service {
    package let configuration: HTTPListenerConfiguration
    private let settings: ListenerSettings
    private let server: Server<ListenerChannel>
    private let bound = BoundPort()

    /// - Parameters:
    ///   - responder: Answers HTTP requests; `ConnectionInfo.current` is set while it runs.
    ///   - timers: One group for the whole process.
    ///   - connections: One limiter for the whole process.
    ///   - admit: Decides about each well-formed WebSocket request.
    package init(
        configuration: HTTPListenerConfiguration,
        group: any EventLoopGroup,
        timers: LoopTimersGroup,
        connections: ConnectionLimiter,
        logger: Logger,
        responder: @escaping HTTPChannelHandler.Responder,
        admit: @escaping WebSocketAdmission
    ) {
        self.configuration = configuration
        let settings = ListenerSettings(
            configuration: configuration,
            admit: admit,
            timers: timers,
            connections: connections
        )
        self.settings = settings
        server = Server(
            childChannelSetup: ListenerChannel(responder: responder, settings: settings),
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: configuration.backlog
            ),
            onServerRunning: { [bound] channel in
                bound.resolve(.success(channel.localAddress?.port ?? configuration.port))
            },
            eventLoopGroup: group,
            logger: logger
        )
    }

    deinit {
        bound.resolve(.failure(SwitchyardError(.internalFault, "the listener never ran")))
    }

    /// The port that is listened on; waits until it is bound, and throws what kept it from being so.
    package func boundPort() async throws(SwitchyardError) -> Int { try await bound.value }

    package func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await self.serve()
                    return true
                }
                group.addTask {
                    await self.awaitCutOff()
                    return false
                }
                // Whichever is first ends the other: a served listener needs no cut-off, and a cut-off cancels
                // handlers that do not answer.
                while let isServed = try await group.next() {
                    group.cancelAll()
                    if isServed { break }
                }
            }
        } catch {
            let failure = SwitchyardError(
                .internalFault,
                "cannot listen on \(configuration.host):\(configuration.port)",
                underlying: error
            )
            bound.resolve(.failure(failure))
            throw failure
        }
    }

    /// Serves until the socket is closed and every connection is gone.
    private func serve() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await server.run()
        } onCancelOrGracefulShutdown: { [settings] in
            settings.stop()
        }
        // HTTP ends with `run`; WebSockets have no task there and are waited for here. What this can throw is that
        // cancellation has closed the listening socket before.
        try? await server.shutdownGracefully()
    }

    /// Returns once the time of a graceful shutdown is over, or on cancellation.
    private func awaitCutOff() async {
        do {
            try await gracefulShutdown()
            try await Task.sleep(for: configuration.limits.drain + .seconds(1), clock: .continuous)
        } catch {
            // Cancelled: the listener is done, or is to be at once.
        }
    }
}
