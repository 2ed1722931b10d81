import NIOCore
import NIOHTTP1
import Synchronization

/// What is decided about one accepted connection on its way from the listener to HTTP or WebSocket.
///
/// Held by the connection's upgrader and handlers, all on its event loop; the mutex is never contended.
final class AcceptedConnection: Sendable {
    let info: ConnectionInfo
    let settings: ListenerSettings
    private let makeDelegate = Mutex<(@Sendable () -> any WebSocketDelegate)?>(nil)

    init(info: ConnectionInfo, settings: ListenerSettings) {
        self.info = info
        self.settings = settings
    }

    /// Asks whether a well-formed request may become a WebSocket: nil, or the status to refuse it with.
    func refusal(of head: HTTPRequestHead) -> Int? {
        switch settings.admit(info, head) {
        case .accept(let make):
            makeDelegate.withLock { $0 = make }
            return nil
        case .refuse(let status):
            return status
        }
    }

    /// Whether the request on its way was let in.
    var isAdmitted: Bool { makeDelegate.withLock { $0 != nil } }

    /// Puts the WebSocket connection where HTTP was: called when the 101 has been flushed.
    func becomeWebSocket(on channel: any Channel) throws {
        let admitted = makeDelegate.withLock { make in
            defer { make = nil }
            return make
        }
        guard let admitted else { throw WebSocketUpgradeError() }
        try configureForMessages(channel)
        let connection = WebSocketConnection(
            info: info,
            channel: channel,
            limits: settings.configuration.webSocketLimits,
            drain: settings.configuration.limits.drain,
            loopParts: settings.timers.loopParts(for: channel.eventLoop),
            delegate: admitted()
        )
        try channel.pipeline.syncOperations.addHandler(connection)
        // The event of a stop that fell between the handlers of HTTP and this one is lost.
        if settings.isStopping { connection.startShuttingDown(drain: settings.configuration.limits.drain) }
    }

    /// Hummingbird lets every connection half-close, which would keep dead devices; small reads keep idle ones small.
    private func configureForMessages(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.allowRemoteHalfClosure, value: false)
        try options.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1_024))
        let high = settings.configuration.webSocketLimits.highWaterMarkBytes
        try options.setOption(.writeBufferWaterMark, value: .init(low: high / 2, high: high))
    }
}
