import NIOCore
import ServiceLifecycle
import SwitchyardCore
import SwitchyardTransport

/// Looks regularly for sensors that have not reported for too long.
///
/// By the server's own clock, on the wheel of one event loop; the work is done off it.
struct SensorSweep: Service, CustomStringConvertible {
    let sensors: SensorService
    let timers: LoopTimersGroup
    let eventLoop: any EventLoop

    /// For the life cycle's log, which would show every part otherwise.
    var description: String { "SensorSweep" }

    func run() async throws {
        let (ticks, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        eventLoop.execute { schedule(continuation) }
        await withGracefulShutdownHandler {
            for await _ in ticks { sensors.sweep() }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    /// On the event loop.
    private func schedule(_ continuation: AsyncStream<Void>.Continuation) {
        timers.timers(for: eventLoop).schedule(at: timers.clock.now.advanced(by: sensors.sweepInterval)) { _ in
            if case .terminated = continuation.yield() { return }
            schedule(continuation)
        }
    }
}
