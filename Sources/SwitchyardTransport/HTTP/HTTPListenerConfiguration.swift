/// One listening socket: where, with which certificate, and what its connections may cost.
package struct HTTPListenerConfiguration: Sendable {
    package var kind: ListenerKind
    package var host: String
    /// 0 lets the system choose; `HTTPListener.boundPort` tells.
    package var port: Int
    /// The certificate; nil for plain HTTP.
    package var tls: TLSContextSource?
    /// Paths that are WebSockets; everything else is HTTP.
    ///
    /// Some clients join host and path with two slashes.
    package var webSocketPaths: Set<String> = ["/api/ws", "//api/ws"]
    package var webSocketLimits = WebSocketLimits()
    package var limits = HTTPLimits()
    /// Peers whose `X-Forwarded-For` is believed.
    package var forwarding = ForwardedAddress(trusting: [])
    /// What is compressed for clients that ask; nil for nothing at all.
    package var compression: CompressionPolicy?
    /// Connections the kernel keeps for us while we are busy; a reconnect storm needs a deep queue.
    package var backlog = 4_096

    package init(kind: ListenerKind, host: String, port: Int, tls: TLSContextSource? = nil) {
        self.kind = kind
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// What is asked of requests; firmware is taken as it is.
    ///
    /// Source: coolkit-device-side.md §4 (OPL1000 firmware), coolkit-websocket.md §1 (Host).
    var syntaxRules: RequestSyntax.Rules {
        RequestSyntax.Rules(
            toleratesBareLF: kind != .public,
            checksHost: kind == .public,
            webSocketPaths: webSocketPaths,
            maximumHeadBytes: limits.maximumHeadBytes
        )
    }
}

/// How long each phase of a connection may take, and how much may arrive in it.
package struct HTTPLimits: Sendable {
    package var tlsHandshake = Duration.seconds(5)
    /// From the first byte a connection may send to the end of the request's head.
    package var head = Duration.seconds(10)
    /// A request that is not whole after this time is slow: its connection is read in turns (`SlowRequests`).
    package var prompt = Duration.milliseconds(500)
    /// One that is not whole after this time, and of which nothing is here, counts as slow with its network (`ConnectionLimiter`).
    package var patience = Duration.seconds(1)
    /// The same before its first byte: browsers open connections in advance.
    package var patienceWithSilence = Duration.seconds(5)
    /// The whole of a request, from the connection's beginning or the request's first byte.
    ///
    /// With the two slots of the wheel a slow client is gone within 15 seconds.
    package var request = Duration.milliseconds(14_500)
    /// The wait for a further request on a kept-alive connection.
    package var idle = Duration.seconds(60)
    package var maximumHeadBytes = 16_384
    /// A hard bound of the transport; the API has smaller ones of its own.
    package var maximumBodyBytes = 1_048_576
    /// What a stopping listener allows its connections before it cuts them off; closing TLS adds up to a second.
    package var drain = Duration.milliseconds(2_500)

    package init() {}
}
