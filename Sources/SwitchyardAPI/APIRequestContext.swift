package import Hummingbird
package import Logging
package import SwitchyardTransport

/// What a route knows of a request beside the request: above all, the connection it came in on.
package struct APIRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The listener, its address, and the peer's address.
    package let connection: ConnectionInfo

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        // The second half is for requests that come by another way than a listener.
        connection = ConnectionInfo.current ?? ConnectionInfo(channel: source.channel, listener: .public)
    }

    /// For requests that come without a channel.
    package init(connection: ConnectionInfo, logger: Logger) {
        coreContext = .init(source: LoggerSource(logger: logger))
        self.connection = connection
    }

    private struct LoggerSource: RequestContextSource {
        let logger: Logger
    }
}
