import CMalloc
import CoreMetrics
import Foundation
package import Logging
import NIOCore
import SwitchyardCore
import UnixSignals

/// The server as a process: what has to be set up once before anything listens.
package enum SwitchyardProcess {
    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: what kept the server from starting or made it end, in words for the operator.
    package static func serve(
        _ configuration: ServerConfiguration,
        whenReady: @escaping @Sendable (Switchyard) async throws -> Void = { _ in }
    ) async throws {
        // All that the server writes is for its own user alone: database, keys, admin socket.
        umask(0o077)
        // Whoever reads the log may be gone; the error of the write says so, and must not end the server.
        signal(SIGPIPE, SIG_IGN)
        try configuration.dataDirectory.create()
        let logger = makeLogger(configuration.log)
        DescriptorLimit.raise(logger: logger)
        MemoryArenas.limit(to: max(2, configuration.limits.eventLoopThreads))
        CoreDump.disable(logger: logger)
        try Maintenance.finishRestore(in: configuration.dataDirectory)
        let metrics = MetricsRegistry()
        // Before anything is made that counts.
        MetricsSystem.bootstrap(metrics)
        let environment = ServerEnvironment(logger: logger, metrics: metrics)
        let server = try await Switchyard(configuration, environment: environment)
        try await server.run(stoppingOn: [.sigterm, .sigint], whenReady: whenReady)
        logger.notice("Stopped")
    }

    /// A logger to standard error as the configuration asks for.
    package static func makeLogger(_ log: ServerConfiguration.Log) -> Logger {
        let level = Logger.Level(rawValue: log.level.rawValue) ?? .info
        return Logger(label: "switchyard") { label in
            var handler: any LogHandler =
                switch log.format {
                case .text: StreamLogHandler(label: label, stream: LogOutput.standardError)
                case .json: JSONLogHandler()
                }
            handler.logLevel = level
            return handler
        }
    }
}

/// The process's bound on open descriptors, one of which each connection takes.
enum DescriptorLimit {
    /// Raises the soft limit to the hard one.
    static func raise(logger: Logger) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        if setrlimit(resource, &limit) != 0 {
            logger.warning("The limit on open files could not be raised", metadata: ["limit": "\(limit.rlim_cur)"])
        }
    }
}

/// How many heaps of its own the C library makes for the threads of the process.
enum MemoryArenas {
    /// Bounds their number; to be called before there are threads.
    ///
    /// By default each thread gets its own, up to eight a core, and what one has freed no other can use. Threads that work for the
    /// store come and go, so memory would creep up for days until each heap has once held what the largest job needs.
    static func limit(to number: Int) {
        #if canImport(Glibc)
        // Tuning only: where it is refused, memory is larger.
        _ = mallopt(M_ARENA_MAX, CInt(clamping: number))
        #endif
    }
}

/// What the system keeps of the process's memory when it crashes: tokens, keys and passwords among it.
enum CoreDump {
    /// Has nothing kept; whoever needs a dump for a debugger raises the limit of the process again, as root.
    ///
    /// systemd-coredump, which the limit does not keep from being called, obeys it too.
    static func disable(logger: Logger) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_CORE.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur > 0 else { return }
        limit.rlim_cur = 0
        if setrlimit(resource, &limit) != 0 { logger.warning("Core dumps could not be switched off") }
    }
}
