import CoolkitWire
import Foundation
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import TestSupport

@testable import SwitchyardServer

/// A backup that a running server has made.
struct Backup {
    let file: String
    /// The database of that server.
    let database: String
    /// The certificates, keys, images and settings of that server.
    let otherFiles: [String: Data]
}

/// Runs `body` with the backup of a server with an account, a device, an image of firmware and settings.
func withBackup(_ body: (Backup) async throws -> Void) async throws {
    try await withFolder { parent in
        let (data, file) = (parent + "/from", parent + "/backup.tar")
        try TestCertificates.install(in: data)
        try Data("log:\n  level: info\n".utf8).write(to: URL(filePath: data + "/switchyard.yaml"))
        try await withTestServer(in: data) { server in
            try await server.addDevice(to: try await server.makeAccount())
            let firmware = server.switchyard.upgrades.firmware
            let upload = try await firmware.beginUpload()
            try await upload.append(.init(bytes: [0xEA] + [UInt8](repeating: 3, count: 5_000)))
            try await firmware.stage(try await upload.finish())
            try await write(server.switchyard.backups, to: file)
        }
        var files = try snapshot(of: data).filter { $0.key.contains("/") || $0.key.hasSuffix(".yaml") }
        files = files.filter { !$0.key.hasPrefix("backups") }
        try await body(Backup(file: file, database: data + "/switchyard.sqlite", otherFiles: files))
    }
}

/// Writes a backup as the command does.
func write(_ backups: BackupService, to path: String) async throws {
    let target = try NewFile(for: path)
    let download = try await backups.begin()
    while let part = try await download.next() { try target.append(part.readableBytesView) }
    try target.commit()
}

/// A folder with the data of another server; without `closing`, as a crash left it: with a write-ahead log that counts.
func makeOther(_ folder: DataDirectory, closing: Bool = true) async throws {
    try TestCertificates.install(in: folder.path)
    try Data("another certificate".utf8).write(to: URL(filePath: folder.certificates + "/public.pem"))
    let live = closing ? folder.database : folder.path + ".live"
    let store = try SQLiteStore(path: live, mode: .openOrMigrate)
    guard let identifier = AccountIdentifier("other@example.org") else { throw TestFailure("no identifier") }
    let account = Account(
        id: AccountID(.random(at: UnixTime(seconds: 1))),
        apiKey: APIKey(unchecked: RandomText.uuid()),
        identifier: identifier,
        nickname: "",
        region: "eu",
        createdAt: UnixTime(seconds: 1)
    )
    try await store.createAccount(account, passwordHash: "x")
    if !closing {
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: live + suffix, toPath: folder.database + suffix)
        }
    }
    try await store.close()
}

/// Who has an account in a database.
func identifiers(in database: String) async throws -> [String] {
    let store = try SQLiteStore(path: database, mode: .requireCurrent)
    let identifiers = try await store.accounts().map(\.identifier.description)
    guard try await store.integrityCheck().isEmpty else { throw TestFailure("\(database) is damaged") }
    try await store.close()
    return identifiers
}

/// The files below a folder with what they hold, folders with nothing.
func snapshot(of folder: String) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return Dictionary(
        uniqueKeysWithValues: names.map { ($0, FileManager.default.contents(atPath: folder + "/" + $0) ?? Data()) }
    )
}

func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = TestSupport.TemporaryFolder.make()
    defer { TestSupport.TemporaryFolder.remove(folder) }
    return try await body(folder)
}

/// Damage that is the same for the same seed.
struct Scatter {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Makes another byte of one of them, most often by a single bit.
    mutating func flip(_ bytes: [UInt8]) -> [UInt8] {
        var damaged = bytes
        damaged[position(in: bytes)] ^= next().isMultiple(of: 4) ? 0xFF : UInt8(1) << UInt8(next() % 8)
        return damaged
    }

    /// Cuts the end off.
    mutating func truncate(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.prefix(position(in: bytes))) }

    private mutating func position(in bytes: [UInt8]) -> Int { Int(next() % UInt64(bytes.count)) }

    private mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 16
    }
}

/// Counts the steps of a restore and ends it at one of them, as a crash would.
final class Steps {
    private(set) var count = 0
    private let last: Int

    init(crashingAt last: Int) { self.last = last }

    func call(_ name: String) throws(SwitchyardError) {
        count += 1
        if count == last { throw SwitchyardError(.storageFailed, "crash before: \(name)") }
    }
}
