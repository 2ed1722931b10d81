import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

/// A `switchyard serve` of its own process, ready.
struct RunningServer: Sendable {
    let process: ChildProcess
    let folder: String
    /// The port of each listener that is on.
    let ports: [String: Int]

    var authorityFile: String { folder + "/certificates/ca.pem" }
    var trust: ServerTrust { .authorities(file: authorityFile) }

    func address(_ listener: String = "public") throws -> ServerAddress {
        guard let port = ports[listener] else { throw TestFailure("the \(listener) listener is off") }
        return ServerAddress(
            host: listener == "public" ? "localhost" : "127.0.0.1",
            port: port,
            usesTLS: listener != "plain"
        )
    }

    /// Runs a command on this server's data folder.
    func command(_ arguments: String..., input: String = "") async throws -> Finished {
        try await command(arguments, input: input)
    }

    /// Runs a command on this server's data folder.
    func command(_ arguments: [String], input: String = "") async throws -> Finished {
        try await run(BuildFolder.switchyard.get(), arguments + ["--data", folder], input: input)
    }

    /// Runs a command with `--output json`; it must succeed.
    func json(_ arguments: String..., input: String = "") async throws -> JSON {
        let all = arguments + ["--data", folder, "--output", "json"]
        let finished = try await run(BuildFolder.switchyard.get(), all, input: input)
        guard finished.status == 0 else {
            throw TestFailure("switchyard \(arguments.joined(separator: " ")): \(finished.status), \(finished.errors)")
        }
        return try JSON(parsing: finished.output)
    }

    /// Waits for a line of the server's log.
    func log(_ message: String) async throws {
        _ = try await process.errors.next("the log line '\(message)'") {
            (try? JSON(parsing: $0))?["message"]?.stringValue == message
        }
    }
}

/// Runs `body` with a folder for data, with certificates for localhost, that is removed at the end.
func withDataFolder<Value>(_ body: (_ folder: String) async throws -> Value) async throws -> Value {
    let folder = TemporaryFolder.make()
    defer { TemporaryFolder.remove(folder) }
    try TestCertificates.install(in: folder)
    return try await body(folder)
}

/// What starts a server on `folder`, on free ports and with its log as JSON.
func launchOfServer(
    in folder: String,
    _ arguments: [String] = ["--port", "0"],
    environment: [String: String] = [:]
) throws -> ChildProcess.Launch {
    var standing = ["SWITCHYARD_LOG_FORMAT": "json"]
    standing["SWITCHYARD_LOG_LEVEL"] = TestLog.level
    return ChildProcess.Launch(
        program: try BuildFolder.switchyard.get(),
        arguments: ["serve", "--data", folder] + arguments,
        environment: standing.merging(environment) { _, new in new }
    )
}

/// Runs `body` with a server on `folder`; after it the server is asked to stop, unless `body` has ended it, and must end well.
func withServer<Value>(
    in folder: String,
    _ arguments: [String] = ["--port", "0"],
    environment: [String: String] = [:],
    _ body: (RunningServer) async throws -> Value
) async throws -> Value {
    let launch = try launchOfServer(in: folder, arguments, environment: environment)
    return try await ChildProcess.with(launch) { process in
        let server = RunningServer(process: process, folder: folder, ports: try await portsWhenReady(process))
        let value = try await body(server)
        if process.isRunning {
            process.send(SIGTERM)
            #expect(try await process.exit() == .exited(0))
        }
        return value
    }
}

/// The ports in the log line that says that the server is ready.
func portsWhenReady(_ process: ChildProcess) async throws -> [String: Int] {
    let line = try await process.errors.next("the log line 'Ready'") { $0.contains(#""message":"Ready""#) }
    let members = try JSON(parsing: line).objectValue ?? [:]
    let ports = members.compactMap { name, value -> (String, Int)? in
        guard let port = value.stringValue?.split(separator: ":").last.flatMap({ Int($0) }), name != "time" else {
            return nil
        }
        return (name, port)
    }
    return Dictionary(ports, uniquingKeysWith: { first, _ in first })
}

/// The listeners for old firmware and for emulated devices, on free ports.
let everyListener = [
    "SWITCHYARD_LISTENERS_DEVICE_ENABLED": "true", "SWITCHYARD_LISTENERS_DEVICE_PORT": "0",
    "SWITCHYARD_LISTENERS_PLAIN_ENABLED": "true", "SWITCHYARD_LISTENERS_PLAIN_PORT": "0",
]
