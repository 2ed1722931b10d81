import Dispatch
import NIOCore
import NIOPosix

@testable import SwitchyardHub
@testable import SwitchyardTransport

/// One of several event loops of a server, with a listener of its own, so that a test says which connection is on which.
final class HubLoop: Sendable {
    let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let timers: LoopTimersGroup

    private init(
        port: Int,
        group: MultiThreadedEventLoopGroup,
        listener: any Channel,
        timers: LoopTimersGroup
    ) {
        self.port = port
        self.group = group
        self.listener = listener
        self.timers = timers
    }

    /// Runs `body` with two loops of one hub.
    static func withTwo(of rig: HubRig, _ body: (HubLoop, HubLoop) async throws -> Void) async throws {
        let loops = (try await start(rig.hub, rig.timers), try await start(rig.hub, rig.timers))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(loops.0, loops.1))
        } catch {
            result = .failure(error)
        }
        for loop in [loops.0, loops.1] {
            try await loop.listener.close()
            try await loop.group.shutdownGracefully()
        }
        try result.get()
    }

    private static func start(_ hub: Hub, _ timers: LoopTimersGroup) async throws -> HubLoop {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = WebSocketConnection(
                        info: ConnectionInfo(channel: channel, listener: .plain),
                        channel: channel,
                        limits: WebSocketLimits(),
                        loopParts: timers.loopParts(for: channel.eventLoop),
                        delegate: hub.makeConnection()
                    )
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return HubLoop(port: listener.localAddress?.port ?? 0, group: group, listener: listener, timers: timers)
    }

    /// Does something on the loop, behind all that it has been given so far.
    func run<Value: Sendable>(_ body: @escaping @Sendable (LoopLoad) throws -> Value) async throws -> Value {
        let loop = group.next()
        return try await loop.submit { [timers] in try body(timers.loopParts(for: loop).load) }.get()
    }

    /// Keeps the loop in one turn, which has taken on its free commands already, while `body` runs or until that lets it go.
    func holding(_ body: (_ letGo: () -> Void) async throws -> Void) async throws {
        let loop = group.next()
        let letGo = DispatchSemaphore(value: 0)
        defer { letGo.signal() }
        // A future of the loop would be told by the loop.
        await withCheckedContinuation { begun in
            loop.execute { [timers] in
                let load = timers.loopParts(for: loop).load
                load.workBegins()
                for _ in 0..<LoadLimits().freePerTurn { _ = load.admitsCommand() }
                begun.resume()
                letGo.wait()
            }
        }
        try await body { letGo.signal() }
    }
}
