import NIOCore
import NIOHTTP1
import Synchronization

/// What is decided about one accepted connection on its way from the listener to HTTP or WebSocket.
///
/// Held by the connection's upgrader and handlers, all on its event loop; the mutex is never contended.
final class AcceptedConnection: Sendable {
    /// A request that was let in.
    private struct Admission {
        /// With the client's address, when a proxy told it.
        let info: ConnectionInfo
        let makeDelegate: @Sendable () -> any WebSocketDelegate
    }

    let info: ConnectionInfo
    let settings: ListenerSettings
    private let admission = Mutex<Admission?>(nil)

    init(info: ConnectionInfo, settings: ListenerSettings) {
        self.info = info
        self.settings = settings
    }

    /// Asks whether a well-formed request may become a WebSocket: nil, or the status to refuse it with.
    func refusal(of head: HTTPRequestHead) -> Int? {
        let fields = head.headers[ForwardedAddress.fieldName]
        let info = info.forwarded(
            for: settings.configuration.forwarding.client(behind: info.peerAddress, fields: fields)
        )
        switch settings.admit(info, head) {
        case .accept(let make):
            admission.withLock { $0 = Admission(info: info, makeDelegate: make) }
            return nil
        case .refuse(let status):
            return status
        }
    }

    /// Whether the request on its way was let in.
    var isAdmitted: Bool { admission.withLock { $0 != nil } }

    /// Puts the WebSocket connection where HTTP was: called when the 101 has been flushed.
    func becomeWebSocket(on channel: any Channel) throws {
        let admitted = admission.withLock { admission in
            defer { admission = nil }
            return admission
        }
        guard let admitted else { throw WebSocketUpgradeError() }
        try configureForMessages(channel)
        let connection = WebSocketConnection(
            info: admitted.info,
            channel: channel,
            limits: settings.configuration.webSocketLimits,
            drain: settings.configuration.limits.drain,
            loopParts: settings.timers.loopParts(for: channel.eventLoop),
            delegate: admitted.makeDelegate()
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
