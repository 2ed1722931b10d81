package import Hummingbird
package import SwitchyardTransport

/// What a route knows of a request beside the request: above all, the connection it came in on.
package struct APIRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The listener, its address, and the peer's address.
    package let connection: ConnectionInfo

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        // The second half is for tests that call a router without a socket.
        connection = ConnectionInfo.current ?? ConnectionInfo(channel: source.channel, listener: .public)
    }
}
