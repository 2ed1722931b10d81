import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport

/// Clients that write as fast as they can, each in its own way, and note what was acknowledged to them.
///
/// An answer that is no success is a failure of the test, unless the disk fails now and then; a connection that breaks is one
/// unless the server was killed.
struct CrashLoad: Sendable {
    static let reporters = (1...4).map { DeviceID(unchecked: "1000eeee0\($0)") }
    static let reporterKey = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-44445555eeee")

    private static let loggingIn = 2
    /// Devices and sub-devices that are added in one run: each is listed and looked at after all later ones.
    static let additions = 10
    /// Clients that end when nothing may go to and fro: refreshes, two of shares, two of groups.
    static let toggling = 5

    let server: RunningServer
    let actors: CrashActors
    let ledger: CrashLedger
    /// Whether the server may refuse with error 500.
    var mayRefuse = false

    var cast: Cast { actors.owner }

    /// Runs all clients until the server is gone, or one of them fails.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.loggingIn { add(to: &group) { try await keepLoggingIn($0) } }
            add(to: &group) { try await keepRefreshing($0) }
            add(to: &group) { try await keepAdding($0) }
            add(to: &group) { try await keepSharing($0) }
            add(to: &group) { try await keepNaming($0) }
            add(to: &group) { try await keepGrouping($0) }
            add(to: &group) { try await keepGroupingThings($0) }
            group.addTask { try await untilKilled { try await keepAskingToShare() } }
            group.addTask { try await untilKilled { try await keepAddingFirmware() } }
            group.addTask {
                try await untilKilled {
                    try await server.withRawDevice(Self.gateway, key: Self.reporterKey) { try await keepListing($0) }
                }
            }
            for id in Self.reporters {
                group.addTask {
                    try await untilKilled {
                        try await server.withRawDevice(id, key: Self.reporterKey) { try await keepReporting($0) }
                    }
                }
            }
            // Unlike `waitForAll` this ends with the first failure.
            for try await _ in group {}
        }
    }

    private func add(
        to group: inout ThrowingTaskGroup<Void, any Error>,
        _ work: @escaping @Sendable (SimulatedApp) async throws -> Void
    ) {
        group.addTask { try await untilKilled { try await server.withApp(cast, work) } }
    }

    private func untilKilled(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as SimulatorError where error.code != .refused && ledger.isKilled {
            // The connection broke because the server is gone: that is the end of the load.
        }
    }

    /// Whether an answer acknowledges; false when it refuses and may.
    func isAcknowledged(_ error: Int?, _ what: String, _ answer: JSON?) throws -> Bool {
        if error == 0 { return true }
        guard mayRefuse, error == 500 else {
            throw TestFailure("\(what) was answered with \(answer?.text ?? "nothing")")
        }
        ledger.refused()
        return false
    }

    private func keepLoggingIn(_ app: SimulatedApp) async throws {
        while true {
            do {
                let session = try await app.logIn()
                ledger.acknowledged(CrashLedger.logIn) { $0.accessTokens.append(session.accessToken) }
            } catch let error as SimulatorError where error.code == .refused && error.number == 500 && mayRefuse {
                ledger.refused()
            }
        }
    }

    private func keepRefreshing(_ app: SimulatedApp) async throws {
        defer { ledger.stands() }
        while ledger.isToggling || ledger.contents.isRefreshing {
            guard let old = ledger.contents.pair else { throw TestFailure("no pair to refresh") }
            ledger.note { $0.isRefreshing = true }
            let query = [("rt", old.refresh)]
            let reply = try await app.call(.GET, "/api/user/refresh", .sign, query: query)
            let access = reply.json?["at"]?.stringValue
            let refresh = reply.json?["rt"]?.stringValue
            guard try isAcknowledged(access == nil ? reply.error : 0, "a refresh", reply.json) else { continue }
            guard let access, let refresh else { throw TestFailure("a refresh gave half a pair") }
            ledger.acknowledged("refresh") { contents in
                contents.pair = (access, refresh)
                contents.isRefreshing = false
                contents.supersededTokens.append(old.access)
            }
        }
    }

    private func keepAdding(_ app: SimulatedApp) async throws {
        for _ in 0..<Self.additions {
            let number = ledger.contents.requestedDevices.count
            let digits = String(number, radix: 16)
            let id = DeviceID(unchecked: "1000" + String(repeating: "0", count: 6 - digits.count) + digits)
            ledger.note { $0.requestedDevices.insert(id) }
            let body: JSONObject = ["deviceid": .string(id.rawValue), "apikey": .string("key-of-\(id)")]
            let reply = try await call(app, .POST, "/api/user/device/add", body: body)
            // A failure of this call has its number in `code`. Source: `coolkit-v1-http.md` §4.
            guard try isAcknowledged(reply.error ?? reply.json?["code"]?.intValue, "an addition", reply.json) else {
                continue
            }
            ledger.acknowledged("addition") { $0.addedDevices.insert(id) }
        }
    }

    /// Gives a home and its room new names.
    private func keepNaming(_ app: SimulatedApp) async throws {
        while true {
            for (name, path, id) in [
                ("home", "/v2/family", actors.homeID), ("room", "/v2/family/room", actors.roomID),
            ] {
                let number = ledger.nextNumber(of: name)
                let reply = try await call(app, .PUT, path, body: ["id": .string(id), "name": .string(String(number))])
                guard try isAcknowledged(reply.error, "a name", reply.json) else { continue }
                ledger.acknowledged("name") { $0.numbers[name]?.acknowledged = number }
            }
        }
    }

    private func keepAddingFirmware() async throws {
        while true {
            let number = ledger.contents.requestedFirmware + 1
            ledger.note { $0.requestedFirmware = number }
            let file = "\(server.folder)/image-\(number).bin"
            defer { try? FileManager.default.removeItem(atPath: file) }  // Goes with the folder otherwise.
            try CrashActors.image(number).write(to: URL(filePath: file))
            let added = try await server.command("firmware", "add", file, "--model", "M", "--version", "\(number)")
            if ledger.isKilled { return }
            guard added.status == 0 || mayRefuse else { throw TestFailure("firmware add: \(added.errors)") }
            if added.status == 0 {
                ledger.acknowledged("firmware") { $0.addedFirmware.insert(number) }
            } else {
                ledger.refused()
            }
        }
    }

    private func keepReporting(_ device: RawDevice) async throws {
        let name = device.id.rawValue
        while true {
            let number = ledger.nextNumber(of: name)
            try await device.report(["number": JSON(number)])
            let answer = try await device.answer()
            guard try isAcknowledged(answer["error"]?.intValue, "a report", answer) else { continue }
            ledger.acknowledged("report") { $0.numbers[name]?.acknowledged = number }
        }
    }

    /// A call with the owner's token.
    func call(
        _ app: SimulatedApp,
        _ method: HTTPMethod,
        _ path: String,
        query: [(String, String)] = [],
        body: JSONObject? = nil
    ) async throws -> HTTPReply {
        let headers: HTTPHeaders = ["Authorization": "Bearer \(actors.ownerToken)"]
        return try await app.call(method, path, .none, query: query, body: body, headers: headers, general: false)
    }
}
