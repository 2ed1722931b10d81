import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SwitchyardTransport
import UnixSignals

/// Sends every message back: what the Autobahn cases talk to (`Tests/ProcessTests/Clients/websocket_conformance.py`).
///
/// Usage: `ConformanceEcho --port N` (0 lets the system choose). Says where it listens, ends on SIGTERM or SIGINT.
@main
struct ConformanceEcho {
    static func main() async throws {
        guard let port = port(in: CommandLine.arguments) else {
            print("usage: ConformanceEcho --port N")
            return
        }
        var configuration = HTTPListenerConfiguration(kind: .plain, host: "127.0.0.1", port: port)
        configuration.webSocketPaths = ["/", "/api/ws"]
        configuration.webSocketLimits.maximumMessageBytes = 64 << 20
        configuration.webSocketLimits.maximumFragments = 1_000_000
        configuration.webSocketLimits.maximumQueuedBytes = 128 << 20
        configuration.webSocketLimits.maximumQueuedFrames = 1_000_000

        let group = MultiThreadedEventLoopGroup.singleton
        var logger = Logger(label: "conformance-echo")
        logger.logLevel = .warning
        let listener = HTTPListener(
            configuration: configuration,
            group: group,
            timers: LoopTimersGroup(),
            connections: ConnectionLimiter(),
            logger: logger,
            responder: { _, writer, _ in try await writer.writeResponse(.init(status: .notFound)) },
            admit: { _, _ in .accept { Echo() } }
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [listener, Announcement(listener: listener)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await services.run()
    }

    private static func port(in arguments: [String]) -> Int? {
        guard let option = arguments.firstIndex(of: "--port"), option + 1 < arguments.count else { return nil }
        return Int(arguments[option + 1])
    }
}

/// Says that the listener is ready, then waits for the end.
private struct Announcement: Service {
    let listener: HTTPListener

    func run() async throws {
        print("listening on 127.0.0.1:\(try await listener.boundPort())")
        fflush(nil)
        try await gracefulShutdown()
    }
}

/// One connection: what comes in goes out.
private final class Echo: WebSocketDelegate {
    func opened(_ connection: WebSocketConnection) {}

    func receivedText(_ text: consuming ByteBuffer, on connection: WebSocketConnection) {
        connection.send(text: text)
    }

    func receivedBinary(_ data: consuming ByteBuffer, on connection: WebSocketConnection) {
        connection.send(binary: data)
    }

    func closed(_ connection: WebSocketConnection) {}
}
