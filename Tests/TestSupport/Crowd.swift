import Foundation
import NIOCore
import NIOPosix
import NIOSSL
package import SwitchyardSimulator
import Synchronization

/// Peers that are in a listener's way: some that connect and say nothing, some that take their time for TLS.
///
/// Each connects anew when the server closes it.
package final class Crowd: Sendable {
    /// Connects all of them, runs `body`, and lets go of them.
    ///
    /// - Parameters:
    ///   - slow: peers that wait for `flight` before each flight of their handshake.
    package static func with<Value>(
        silent: Int,
        slow: Int = 0,
        flight: Duration = .seconds(2),
        at address: ServerAddress,
        _ body: () async throws -> Value
    ) async throws -> Value {
        raiseDescriptorLimit()
        let crowd = try Crowd(address: address, flight: flight)
        let result: Swift.Result<Value, any Error>
        do {
            for index in 0..<silent + slow { try await crowd.connect(isSlow: index >= silent).get() }
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        crowd.isLeaving.store(true, ordering: .releasing)
        try await crowd.group.shutdownGracefully()
        return try result.get()
    }

    private let address: ServerAddress
    private let delay: TimeAmount
    private let tls: NIOSSLContext
    /// Their own loop: its end is the end of all of them.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let isLeaving = Atomic(false)

    private init(address: ServerAddress, flight: Duration) throws {
        self.address = address
        delay = TimeAmount(flight)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// Connects, and connects again after each end.
    private func connect(isSlow: Bool) -> EventLoopFuture<Void> {
        ClientBootstrap(group: group)
            .channelInitializer { [tls, delay] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard isSlow else { return }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(SlowWriter(delay: delay))
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    try pipeline.addHandler(ErrorCloser())
                }
            }
            .connect(host: "127.0.0.1", port: address.port)
            .map { channel in
                channel.closeFuture.whenComplete { _ in
                    if !self.isLeaving.load(ordering: .acquiring) { _ = self.connect(isSlow: isSlow) }
                }
            }
    }

    /// A whole crowd and the server are in one process; where the limit cannot be raised the crowd fails to connect.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(.init(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 20_000)
        _ = setrlimit(.init(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Keeps back what is written for a while.
private final class SlowWriter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private let delay: TimeAmount
    private var isWaiting = false

    init(delay: TimeAmount) { self.delay = delay }

    func flush(context: ChannelHandlerContext) {
        guard !isWaiting else { return }
        isWaiting = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: delay) {
            bound.value.0.isWaiting = false
            bound.value.1.flush()
        }
    }
}

/// Closes after an error.
private final class ErrorCloser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
