import CoolkitWire
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SwitchyardCore

extension AdminAPI {
    /// Events that may wait for a reader before its stream is ended.
    private static let eventLimit = 256

    /// `/devices/{id}/events`: what happens to a device, one JSON object a line, until either side goes.
    func addEventRoutes(to router: Router<Context>) {
        router.get("devices/:id/events") { request, context in
            let id = try context.pathDeviceID()
            _ = try snapshot(of: id)
            let (lines, continuation) = AsyncStream.makeStream(
                of: ByteBuffer.self,
                bufferingPolicy: .bufferingOldest(Self.eventLimit)
            )
            let subscription = bus.subscribe { event in
                guard let line = Self.line(for: event, of: id, at: clock.now) else { return }
                // A reader that does not keep up is cut off rather than buffered.
                if case .dropped = continuation.yield(line) { continuation.finish() }
                if case .deviceRemoved = event { continuation.finish() }
            }
            continuation.onTermination = { _ in subscription.cancel() }
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-ndjson"],
                body: Self.body(streaming: lines, endedBy: continuation, to: request)
            )
        }
    }

    /// Writes each line as it comes; ends when the client hangs up and when the server stops.
    private static func body(
        streaming lines: AsyncStream<ByteBuffer>,
        endedBy continuation: AsyncStream<ByteBuffer>.Continuation,
        to request: Request
    ) -> ResponseBody {
        ResponseBody { writer in
            defer { continuation.finish() }
            // The head leaves with the first bytes: an empty line tells the client that it is subscribed.
            try await writer.write(ByteBuffer(string: "\n"))
            try await withGracefulShutdownHandler {
                try await request.body.consumeWithInboundCloseHandler { _ in
                    for await line in lines { try await writer.write(line) }
                } onInboundClosed: {
                    continuation.finish()
                }
            } onGracefulShutdown: {
                continuation.finish()
            }
            try await writer.finish(nil)
        }
    }

    /// The event as a line; nil when it is about something else.
    private static func line(for event: ServerEvent, of id: DeviceID, at now: UnixTime) -> ByteBuffer? {
        var description: JSON
        switch event {
        case .stateChanged(let change) where change.device == id:
            guard let params = try? JSON(parsing: change.params) else { return nil }  // Checked where it was merged.
            description = ["event": "state", "source": JSON(change.source.name), "params": params]
        case .presenceChanged(let change) where change.device == id:
            description = ["event": JSON(change.isOnline ? "online" : "offline")]
        case .upgrade(let upgrade) where upgrade.device == id:
            description = upgrade.description
        case .deviceRemoved(id, owner: _):
            description = ["event": "removed"]
        default:
            return nil
        }
        description["id"] = JSON(id.rawValue)
        description["time"] = JSON(now.iso8601)
        var line = description.buffer
        line.writeStaticString("\n")
        return line
    }
}

extension StateChange.Source {
    fileprivate var name: String {
        switch self {
        case .device: "device"
        case .command: "command"
        }
    }
}
