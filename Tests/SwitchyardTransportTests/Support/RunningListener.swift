import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SwitchyardCore
import Synchronization
import Testing

@testable import SwitchyardTransport

/// A listener on a port of the system's choosing, for the time of a test.
struct RunningListener: Sendable {
    let port: Int
    let clock: ManualClock
    let connections: ConnectionLimiter
    let events: EventLog
    private let timers: LoopTimersGroup
    private let services: ServiceGroup

    /// Asks the listener to stop; `with…` waits until it has.
    func stop() async { await services.triggerGracefulShutdown() }

    /// Moves the clock, and returns when every loop has told who was due by then.
    func advance(by duration: Duration) async throws {
        let due = clock.now.advanced(by: duration)
        var told: [EventLoopFuture<Void>] = []
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
            let promise = loop.makePromise(of: Void.self)
            told.append(promise.futureResult)
            // Before the clock moves: a wheel keeps what it is given too late for its next turn.
            try await loop.submit { [timers] in
                _ = timers.timers(for: loop).schedule(at: due) { _ in promise.succeed() }
            }.get()
        }
        clock.advance(by: duration)
        for loop in told { try await loop.get() }
    }

    /// Moves the clock by as much as often as it takes until the peer's connection has ended.
    ///
    /// A peer has read its answer before the server knows that it left; the time to idle begins with that.
    func advance(by duration: Duration, untilClosed peer: RawClient) async throws {
        for _ in 0..<100 where peer.channel.isActive { try await advance(by: duration) }
        #expect(!peer.channel.isActive)
    }

    static func with(
        kind: ListenerKind = .plain,
        tls: TLSContextSource? = nil,
        connections: ConnectionLimiter = ConnectionLimiter(),
        port: Int = 0,
        drain: Duration = .milliseconds(2_500),
        forwarding: ForwardedAddress = ForwardedAddress(trusting: []),
        compression: CompressionPolicy? = nil,
        responder: @escaping HTTPChannelHandler.Responder = RunningListener.echo,
        admit: WebSocketAdmission? = nil,
        _ body: (RunningListener) async throws -> Void
    ) async throws {
        var configuration = HTTPListenerConfiguration(kind: kind, host: "127.0.0.1", port: port, tls: tls)
        configuration.limits.drain = drain
        configuration.forwarding = forwarding
        configuration.compression = compression
        let clock = ManualClock()
        let events = EventLog()
        let timers = LoopTimersGroup(clock: clock.clock)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let listener = HTTPListener(
            configuration: configuration,
            group: MultiThreadedEventLoopGroup.singleton,
            timers: timers,
            connections: connections,
            logger: logger,
            responder: responder,
            admit: admit ?? { _, _ in .accept { RecordingDelegate(events) } }
        )
        let services = ServiceGroup(configuration: .init(services: [listener], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let running = RunningListener(
                port: try await listener.boundPort(),
                clock: clock,
                connections: connections,
                events: events,
                timers: timers,
                services: services
            )
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(running))
            } catch {
                result = .failure(error)
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// Answers with method, path, body and where the request came in.
    @concurrent @Sendable
    static func echo(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let body = try await request.body.collect(upTo: 1 << 21)
        let info = ConnectionInfo.current
        let text =
            "\(request.method.rawValue) \(request.uri.path) \(String(buffer: body)) \(info?.listener.rawValue ?? "-")"
            + " \(info?.localAddress ?? "-") \(info?.peerAddress ?? "-") \(info?.localPort == channel.localAddress?.port)"
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentLength] = String(text.utf8.count)
        try await writer.write(response: head, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// What delegates heard, in order, to be awaited by a test.
final class EventLog: Sendable {
    let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (stream, continuation) = AsyncStream<String>.makeStream() }

    func add(_ event: String) { continuation.yield(event) }

    /// Waits for the next event.
    func next() async -> String? {
        for await event in stream { return event }
        return nil
    }
}

/// Writes down what it hears and answers texts with themselves.
final class RecordingDelegate: WebSocketDelegate {
    private let log: EventLog

    init(_ log: EventLog) { self.log = log }

    func opened(_ connection: WebSocketConnection) { log.add("opened") }

    func receivedText(_ text: ByteBuffer, on connection: WebSocketConnection) {
        log.add("text \(text.readableBytes < 100 ? String(buffer: text) : "of \(text.readableBytes) bytes")")
        connection.send(text: text)
        if !connection.isOpen { log.add("no longer open") }
    }

    func receivedBinary(_ data: consuming ByteBuffer, on connection: WebSocketConnection) {
        log.add("binary \(data.readableBytes)")
    }

    func receivedControl(on connection: WebSocketConnection) { log.add("control") }

    func deadlinePassed(_ connection: WebSocketConnection, now: MonotonicTime) { log.add("deadline") }

    func shuttingDown(_ connection: WebSocketConnection) { log.add("shuttingDown") }

    func closed(_ connection: WebSocketConnection) { log.add("closed") }
}
