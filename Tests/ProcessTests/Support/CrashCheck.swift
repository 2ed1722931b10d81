import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSQLite
import SwitchyardSimulator
import TestSupport

/// Compares what a server has with what it acknowledged before it was killed.
struct CrashCheck: Sendable {
    let server: RunningServer
    let actors: CrashActors
    let ledger: CrashLedger

    /// Returns what is lost, or there without ever having been asked for; what was not answered is found out and noted.
    ///
    /// - Parameter everything: looks at all tokens again, not only at those that no check has seen.
    func faults(everything: Bool) async throws -> [String] {
        let known = ledger.contents
        return try await server.withApp(actors.owner) { app in
            var faults = try await faultsOfTokens(known, app, everything: everything)
            faults += try await faultsOfPair(known, app)
            faults += try await faultsOfDevices(known, app)
            faults += try await faultsOfShares(known, app)
            faults += try await faultsOfNames(known, app)
            faults += try await faultsOfGroups(known, app)
            faults += try await faultsOfChildren(known, app)
            return faults + (try await faultsOfFirmware(known))
        }
    }

    /// Asks for what needs a token, which shows that the server serves.
    func answers() async throws -> Bool {
        try await server.withApp(actors.owner) { try await error(with: actors.ownerToken, $0) == 0 }
    }

    /// The last number that is stored of each reporter.
    func numbersOfReporters() async throws -> [Int] {
        let found = try await server.withApp(actors.owner) { try await devices(with: actors.ownerToken, $0) }
        return CrashLoad.reporters.map { found[$0]?["params"]?["number"]?.intValue ?? 0 }
    }

    private func faultsOfTokens(
        _ known: CrashLedger.Contents,
        _ app: SimulatedApp,
        everything: Bool
    ) async throws -> [String] {
        var faults: [String] = []
        for token in everything ? known.accessTokens[...] : known.accessTokens[known.tokensSeen...]
        where try await error(with: token, app) != 0 {
            faults.append("a log-in is lost")
        }
        let superseded = everything ? known.supersededTokens[...] : known.supersededTokens.suffix(20)
        for token in superseded where try await error(with: token, app) != 401 {
            faults.append("a refresh is lost")
        }
        ledger.note { $0.tokensSeen = known.accessTokens.count }
        return faults
    }

    /// A refresh that was not answered may have happened: then its token is still good for another try.
    private func faultsOfPair(_ known: CrashLedger.Contents, _ app: SimulatedApp) async throws -> [String] {
        guard let pair = known.pair else { return ["there is no pair"] }
        guard known.isRefreshing else {
            return try await error(with: pair.access, app) == 0 ? [] : ["the last refresh is lost"]
        }
        for _ in 0..<3 {
            let reply = try await app.call(.GET, "/api/user/refresh", .sign, query: [("rt", pair.refresh)])
            if reply.error == 500 { continue }  // The disk of this test fails now and then.
            guard let access = reply.json?["at"]?.stringValue, let refresh = reply.json?["rt"]?.stringValue else {
                break
            }
            ledger.note { contents in
                contents.pair = (access, refresh)
                contents.isRefreshing = false
                contents.supersededTokens.append(pair.access)
            }
            return []
        }
        return ["the refresh token is lost"]
    }

    private func faultsOfDevices(_ known: CrashLedger.Contents, _ app: SimulatedApp) async throws -> [String] {
        let devices = try await devices(with: actors.ownerToken, app)
        let added = Set(devices.keys.filter { !CrashLoad.isChild($0) }).subtracting(CrashActors.standing)
        var faults = CrashActors.standing.filter { devices[$0] == nil }.map { "\($0) is lost" }
        faults += known.addedDevices.subtracting(added).map { "the addition of \($0) is lost" }
        faults += added.subtracting(known.requestedDevices).map { "\($0) was never asked for" }
        for id in CrashLoad.reporters {
            faults += faultsOfNumber(devices[id]?["params"]?["number"]?.intValue ?? 0, of: id.rawValue, known)
        }
        return faults
    }

    /// A number that is lower than what was acknowledged is a loss.
    func faultsOfNumber(_ number: Int?, of name: String, _ known: CrashLedger.Contents) -> [String] {
        let expected = known.numbers[name] ?? .init()
        let range = expected.acknowledged...max(expected.sent, expected.acknowledged)
        guard let number, range.contains(number) else {
            return ["\(name) has number \(number.map(String.init) ?? "none") and not one of \(range)"]
        }
        return []
    }

    private func faultsOfShares(_ known: CrashLedger.Contents, _ app: SimulatedApp) async throws -> [String] {
        let received = try await devices(with: actors.receiverToken, app)
        var faults: [String] = []
        for (id, sharing) in known.sharings {
            let isShared = received[id] != nil
            if isShared != sharing.acknowledged && isShared != sharing.requested {
                faults.append("the \(isShared ? "end of the " : "")share of \(id) is lost")
            }
            ledger.note { $0.sharings[id] = .init(acknowledged: isShared, requested: nil) }
        }
        return faults
    }

    private func faultsOfNames(_ known: CrashLedger.Contents, _ app: SimulatedApp) async throws -> [String] {
        let reply = try await app.call(.GET, "/v2/family", .none, headers: bearer(actors.ownerToken), general: false)
        let homes = reply.json?["data"]?["familyList"]?.arrayValue ?? []
        let home = homes.first { $0["id"]?.stringValue == actors.homeID }
        let room = home?["roomList"]?.arrayValue?.first { $0["id"]?.stringValue == actors.roomID }
        return faultsOfNumber(home?["name"]?.stringValue.flatMap { Int($0) }, of: "home", known)
            + faultsOfNumber(room?["name"]?.stringValue.flatMap { Int($0) }, of: "room", known)
    }

    /// A firmware that was acknowledged has its image, whole.
    private func faultsOfFirmware(_ known: CrashLedger.Contents) async throws -> [String] {
        let releases = try await server.json("firmware", "list")["firmware"]?.arrayValue ?? []
        let versions = Set(releases.compactMap { $0["version"]?.stringValue.flatMap { Int($0) } })
        let folder = server.folder + "/firmware"
        let images = try FileManager.default.contentsOfDirectory(atPath: folder).map {
            try Data(contentsOf: URL(filePath: "\(folder)/\($0)"))
        }
        let whole = Set(images)
        return known.addedFirmware.union([0]).subtracting(versions).map { "firmware \($0) is lost" }
            + versions.filter { !whole.contains(CrashActors.image($0)) }.map { "the image of firmware \($0) is lost" }
    }

    // MARK: Questions

    func devices(with token: String, _ app: SimulatedApp) async throws -> [DeviceID: JSON] {
        let query = [("lang", "en")]
        let reply = try await app.call(.GET, "/api/user/device", .none, query: query, headers: bearer(token))
        guard let list = reply.json?["devicelist"]?.arrayValue else {
            throw TestFailure("the device list was answered with \(reply.json?.text ?? "nothing")")
        }
        let pairs = list.compactMap { device in
            device["deviceid"]?.stringValue.flatMap { DeviceID($0) }.map { ($0, device) }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private func error(with token: String, _ app: SimulatedApp) async throws -> Int? {
        try await app.call(.POST, "/dispatch/app", .none, body: ["accept": "ws"], headers: bearer(token)).error
    }

    func bearer(_ token: String) -> HTTPHeaders { ["Authorization": "Bearer \(token)"] }
}

/// Looks at a copy of a database, as a crash left it: the server is to find the original untouched.
func faultsOfDatabase(in folder: String) async throws -> [String] {
    let copy = TemporaryFolder.make()
    defer { TemporaryFolder.remove(copy) }
    for name in ["switchyard.sqlite", "switchyard.sqlite-wal"]
    where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
        try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
    }
    let store = try SQLiteStore(path: copy + "/switchyard.sqlite", mode: .requireCurrent)
    let faults = try await store.integrityCheck()
    try await store.close()
    return faults
}
