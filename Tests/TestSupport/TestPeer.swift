import Foundation
import NIOCore
package import SwitchyardSimulator
import Synchronization

/// A raw WebSocket client of a test: sends what it is told, and hands out what came, one event at a time.
package final class TestPeer: Sendable {
    private struct State {
        var events: [WebSocketEvent] = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// How long a test waits for something before it says that it did not come; `SWITCHYARD_TEST_PATIENCE` names other seconds.
    package static let patience = Duration.seconds(
        ProcessInfo.processInfo.environment["SWITCHYARD_TEST_PATIENCE"].flatMap { Int($0) } ?? 20
    )

    package let name: String
    private let connection: WebSocketConnection
    private let box: EventBox

    private final class EventBox: Sendable {
        let state = Mutex(State())

        func deliver(_ event: WebSocketEvent) {
            let waiter = state.withLock { state in
                state.events.append(event)
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }

        /// Waits until there is an event, or until `wake` is called.
        func wait() async {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.events.isEmpty else { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }

        func wake() {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }

        func take() -> WebSocketEvent? {
            state.withLock { $0.events.isEmpty ? nil : $0.events.removeFirst() }
        }
    }

    /// Connects to the server and upgrades to a WebSocket.
    package init(
        _ name: String,
        to server: TestServer,
        through listener: TestListener = .public,
        style: UpgradeStyle = .standard
    ) async throws {
        self.name = name
        let box = EventBox()
        self.box = box
        let client = try WebSocketClient(
            address: try server.address(of: listener),
            trust: listener.trust(of: server),
            style: style
        )
        connection = try await client.connect { event in
            box.deliver(event)
            return true
        }
    }

    package func send(_ text: String) async throws { try await connection.send(text) }
    package func ping() async throws { try await connection.ping() }
    package func sendRaw(_ bytes: [UInt8]) async throws { try await connection.sendRaw(ByteBuffer(bytes: bytes)) }
    package func close(code: UInt16? = 1_000) async { await connection.close(code: code) }
    /// Drops the connection without a close frame.
    package func abort() { connection.abort() }

    /// The next event.
    ///
    /// Throws when none comes within `limit`.
    package func next(within limit: Duration = TestPeer.patience) async throws -> WebSocketEvent {
        let wake: @Sendable () -> Void = { [box] in box.wake() }
        return try await withPatience(limit, for: "a message to \(name)", wake: wake) { [box] in
            while !Task.isCancelled {
                if let event = box.take() { return event }
                await box.wait()
            }
            throw TestFailure("nothing came to \(self.name) within \(limit)")
        }
    }

    /// The next text message.
    ///
    /// Throws when the connection ends or nothing comes.
    package func nextText(within limit: Duration = TestPeer.patience) async throws -> String {
        while true {
            switch try await next(within: limit) {
            case .text(let text): return text
            case .ping, .pong: continue
            case .closed(let code): throw TestFailure("\(name) was closed with \(code.map { "\($0)" } ?? "no code")")
            }
        }
    }

    /// Takes nothing more from the socket, as a peer that has lost its network: no pong, no answer to a close frame.
    package func stopReading() async throws { try await connection.channel.setOption(.autoRead, value: false).get() }

    package func readOn() async throws { try await connection.channel.setOption(.autoRead, value: true).get() }

    /// Returns when the server has done everything that was on its way to this connection.
    ///
    /// Two text pings: what another thread handed to the connection's loop before the first is done before the second.
    /// Throws when anything but their pongs comes.
    package func settle() async throws {
        for _ in 0..<2 {
            try await send("ping")
            let event = try await next()
            guard event == .text("pong") else { throw TestFailure("\(name) got \(event)") }
        }
    }

    /// What has come and was not taken yet.
    package func arrived() -> WebSocketEvent? { box.take() }
}

/// One of the test server's listeners.
package enum TestListener: String, Sendable, CaseIterable {
    case `public`
    case device
    case plain
    /// For downloads; off unless a test switches it on.
    case ota
    /// For figures; off unless a test switches it on.
    case metrics

    /// Those that apps and devices come in by.
    package static let allCases: [TestListener] = [.public, .device, .plain]

    package func trust(of server: TestServer) -> ServerTrust {
        switch self {
        case .public: .authorities(file: server.authorityFile)
        // As real firmware does: the device certificate stands alone and nobody checks it.
        case .device, .plain, .ota, .metrics: .anybody
        }
    }
}

extension TestServer {
    package func address(of listener: TestListener) throws -> ServerAddress {
        let port: Int? =
            switch listener {
            case .public: publicPort
            case .device: devicePort
            case .plain: plainPort
            case .ota: otaPort
            case .metrics: metricsPort
            }
        guard let port else { throw TestFailure("the \(listener) listener is off") }
        return ServerAddress(host: "127.0.0.1", port: port, usesTLS: [.public, .device].contains(listener))
    }
}

/// Runs `body`; when it takes longer than `limit` it is cancelled and woken, so that it can say what it waited for.
package func withPatience<Result: Sendable>(
    _ limit: Duration = TestPeer.patience,
    for what: String,
    wake: @escaping @Sendable () -> Void = {},
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await ContinuousClock().sleep(for: limit)
            return nil
        }
        let first = try await group.next()
        group.cancelAll()
        wake()
        guard let result = first.flatMap(\.self) else { throw TestFailure("waited \(limit) for \(what)") }
        return result
    }
}

/// Waits until `condition` holds, looking again whenever other tasks have run.
///
/// For state that nothing announces.
package func eventually(_ what: String, _ condition: @escaping @Sendable () async throws -> Bool) async throws {
    try await withPatience(for: what) {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
