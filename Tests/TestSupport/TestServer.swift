import CoolkitWire
import Foundation
package import Logging
import ServiceLifecycle
package import SwitchyardCore
package import SwitchyardServer

/// A running server in this process: real sockets on free ports, real TLS, a real database in a folder of its own.
package struct TestServer: Sendable {
    package let switchyard: Switchyard
    package let clocks: TestClocks
    package let publicPort: Int
    /// Nil when the listener is off.
    package let devicePort: Int?
    package let plainPort: Int?
    package let otaPort: Int?
    package let metricsPort: Int?

    package var dataDirectory: DataDirectory { switchyard.configuration.dataDirectory }
    /// The PEM file that clients have to trust.
    package var authorityFile: String { dataDirectory.certificates + "/ca.pem" }

    /// Makes a client application.
    package func makeApplication() async throws -> ClientApplication {
        try await switchyard.applications.create(name: "test")
    }

    /// Makes an account with the password of `TestAccount`.
    package func makeAccount(_ identifier: String = "ann@example.org") async throws -> TestAccount {
        guard let identifier = AccountIdentifier(identifier) else {
            throw TestFailure("not an identifier: \(identifier)")
        }
        let account = try await switchyard.accounts.create(identifier, password: TestAccount.password)
        return TestAccount(account: account)
    }

    /// Adds a device as an app would: by its key, or as one of version 2 by the digest of it alone.
    @discardableResult
    package func addDevice(
        _ id: String = "1000a1b2c3",
        key: String = "d0d0d0d0-1111-4222-8333-444455550001",
        uiid: Int = 1,
        to owner: TestAccount,
        options: DeviceOptions = DeviceOptions(),
        byDigest: Bool = false
    ) async throws -> DeviceSnapshot {
        guard let id = DeviceID(id), let key = APIKey(key) else { throw TestFailure("not a deviceid or key") }
        return try await switchyard.devices.add(
            .init(
                id: id,
                credential: byDigest ? .awaited(KeyDigest(of: key, and: id)) : .key(key),
                name: "Hall lamp",
                facts: DeviceFacts(uiid: uiid),
                options: options
            ),
            to: owner.account,
            under: nil
        )
    }
}

/// An account of a test.
package struct TestAccount: Sendable {
    package static let password = "correct-horse"
    package let account: Account

    package var apiKey: String { account.apiKey.rawValue }
    package var identifier: String { account.identifier.description }
}

/// Something a test expected did not happen.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Runs `body` against a server that is started for it and stopped gracefully after it.
///
/// - Parameters:
///   - directory: the data folder; nil for a new one that is removed at the end.
///   - pauses: what slow downloads wait by.
///   - statements: hears each statement of the database.
///   - change: what this test sets differently. All listeners choose free ports; device and plain listeners are on.
package func withTestServer<Result: Sendable>(
    in directory: String? = nil,
    clocks: TestClocks = TestClocks(),
    pauses: any Clock<Duration> & Sendable = ContinuousClock(),
    statements: StatementLog? = nil,
    _ change: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (TestServer) async throws -> Result
) async throws -> Result {
    let folder = directory ?? TemporaryFolder.make()
    defer { if directory == nil { TemporaryFolder.remove(folder) } }
    if directory == nil { try TestCertificates.install(in: folder) }
    var configuration = ServerConfiguration()
    configuration.dataDirectory = DataDirectory(path: folder)
    configuration.limits.eventLoops = 2
    configuration.listeners.publicTLS.port = 0
    configuration.listeners.device.isEnabled = true
    configuration.listeners.device.port = 0
    configuration.listeners.plain.isEnabled = true
    configuration.listeners.plain.port = 0
    configuration.listeners.ota.port = 0
    change(&configuration)
    var environment = ServerEnvironment(logger: TestLog.logger)
    environment.wallClock = clocks.wallClock
    environment.clock = clocks.clock
    environment.elapsed = clocks.clock
    environment.pauses = pauses
    if let statements { environment.statementWatch = { statements.note($0) } }
    environment.passwordCost = .init(logarithmOfN: 4, r: 8, p: 1)
    let switchyard = try await Switchyard(configuration, environment: environment)
    return try await run(switchyard, clocks: clocks, body)
}

private func run<Result: Sendable>(
    _ switchyard: Switchyard,
    clocks: TestClocks,
    _ body: @Sendable (TestServer) async throws -> Result
) async throws -> Result {
    let (ready, isReady) = AsyncStream<Void>.makeStream()
    let service = ServedSwitchyard(switchyard: switchyard) { isReady.finish() }
    let group = ServiceGroup(configuration: .init(services: [service], logger: TestLog.logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { isReady.finish() }
            try await group.run()
        }
        for await _ in ready {}
        guard let publicPort = try await switchyard.port(of: .publicTLS) else {
            throw TestFailure("no public listener")
        }
        let server = TestServer(
            switchyard: switchyard,
            clocks: clocks,
            publicPort: publicPort,
            devicePort: try await switchyard.port(of: .device),
            plainPort: try await switchyard.port(of: .plain),
            otaPort: try await switchyard.port(of: .ota),
            metricsPort: try await switchyard.metricsPort()
        )
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return try result.get()
    }
}

/// The server as a service of the test's own group, so that the test can stop it as a signal would.
private struct ServedSwitchyard: Service {
    let switchyard: Switchyard
    let whenReady: @Sendable () -> Void

    func run() async throws {
        try await switchyard.run { _ in whenReady() }
    }
}

/// Folders for the data of tests.
package enum TemporaryFolder {
    /// Makes an empty folder with a short path: a Unix socket goes into it.
    package static func make() -> String {
        let path = NSTemporaryDirectory() + "sy-" + RandomText.hex(bytes: 6)
        // When this fails the server that is to live there says so.
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    package static func remove(_ path: String) {
        // A folder left in the temporary directory harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The log of test servers: errors alone, unless `SWITCHYARD_TEST_LOG` names a level.
package enum TestLog {
    /// The level that was asked for; servers of a process of their own log at it too.
    package static let level = ProcessInfo.processInfo.environment["SWITCHYARD_TEST_LOG"]

    package static let logger = Logger(label: "test") { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = level.flatMap { Logger.Level(rawValue: $0) } ?? .critical
        return handler
    }
}
