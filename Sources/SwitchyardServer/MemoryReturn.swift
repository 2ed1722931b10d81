import CMalloc
import ServiceLifecycle
import SwitchyardTransport

/// Gives memory back to the system when many connections have ended.
///
/// The C library keeps what thousands of connections took, for the next thousands; a home that comes back after a power cut
/// would make the server large for good. It takes some milliseconds, so it is done when there are far fewer to wait for it.
struct MemoryReturn: Service {
    /// When so many connections more were open than are now, and twice as many, a crowd has left.
    struct Crowd {
        static let atLeast = 256
        private var most = 0

        /// True once for each crowd, when it has left.
        mutating func hasLeft(connections: Int) -> Bool {
            most = max(most, connections)
            guard most - connections >= Self.atLeast, most >= 2 * connections else { return false }
            most = connections
            return true
        }
    }

    private static let interval = Duration.seconds(5)

    let connections: ConnectionLimiter

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var crowd = Crowd()
            while !Task.isCancelled {
                if crowd.hasLeft(connections: connections.total) { Self.returnMemory() }
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }

    private static func returnMemory() {
        #if canImport(Glibc)
        _ = malloc_trim(0)
        #endif
    }
}
