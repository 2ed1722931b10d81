import ArgumentParser
import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardSQLite

/// Fills the database of a data folder for a benchmark, without a server: accounts with one device and one token pair each.
///
/// The data folder must not be in use. The credentials file has one line an account, as `hubload -C` reads it:
/// `deviceid devicekey userapikey accesstoken`.
@main
struct BenchmarkSeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "BenchmarkSeed",
        abstract: "Seeds a data folder with accounts, devices and tokens for a benchmark."
    )

    @Option(help: "The data folder; made when it does not exist.")
    var data: String

    @Option(help: "How many accounts, each with one device and one token pair.")
    var accounts: Int

    @Option(help: "File to write the credentials to, one line an account.")
    var credentials: String

    @Option(help: "Region of the accounts.")
    var region = "eu"

    func validate() throws {
        guard (1...1_000_000).contains(accounts) else {
            throw ValidationError("--accounts must be between 1 and 1000000.")
        }
    }

    func run() async throws {
        try makeFolder()
        let store = try SQLiteStore(path: data + "/switchyard.sqlite", mode: .openOrMigrate)
        let application = SeededPair.application(at: .now)
        try await store.createApplication(application)

        var lines = ""
        var pairs: [SeededPair] = []
        pairs.reserveCapacity(accounts)
        for index in 0..<accounts {
            let pair = SeededPair(index: index, region: region, appID: application.id, time: .now)
            try await pair.save(in: store)
            lines += pair.credentialsLine
            pairs.append(pair)
        }
        try await store.saveStates(pairs.map(\.state))
        try await store.close()
        try write(lines)
        print("seeded \(accounts) accounts")
    }

    private func makeFolder() throws {
        try FileManager.default.createDirectory(
            atPath: data,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// Writes the file readable by its owner alone: it holds live tokens.
    private func write(_ lines: String) throws {
        guard
            FileManager.default.createFile(
                atPath: credentials,
                contents: Data(lines.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw ValidationError("Cannot write \(credentials).") }
    }
}

extension UnixTime {
    /// The system's time.
    fileprivate static var now: UnixTime { UnixTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
}
