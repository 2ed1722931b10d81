import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import TestSupport

/// Clients that write as fast as they can, each in its own way, and note what was acknowledged to them.
///
/// An answer that is no success is a failure of the test; a connection that breaks is one unless the server was killed.
struct CrashLoad: Sendable {
    static let reporters = (1...4).map { DeviceID(unchecked: "1000eeee0\($0)") }
    static let reporterKey = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-44445555eeee")

    private static let loggingIn = 2

    let server: RunningServer
    let cast: Cast
    let ledger: CrashLedger

    /// Runs all clients until the server is gone.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.loggingIn {
                group.addTask {
                    try await untilKilled { try await server.withApp(cast) { try await keepLoggingIn($0) } }
                }
            }
            group.addTask { try await untilKilled { try await server.withApp(cast) { try await keepRefreshing($0) } } }
            group.addTask { try await untilKilled { try await server.withApp(cast) { try await keepAdding($0) } } }
            for id in Self.reporters {
                group.addTask {
                    try await untilKilled {
                        try await server.withRawDevice(id, key: Self.reporterKey) { try await keepReporting($0) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func untilKilled(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as SimulatorError where error.code != .refused && ledger.isKilled {
            // The connection broke because the server is gone: that is the end of the load.
        }
    }

    private func keepLoggingIn(_ app: SimulatedApp) async throws {
        while true {
            let session = try await app.logIn()
            ledger.acknowledged(CrashLedger.logIn) { $0.accessTokens.append(session.accessToken) }
        }
    }

    private func keepRefreshing(_ app: SimulatedApp) async throws {
        while true {
            guard let old = ledger.contents.pair else { throw TestFailure("no pair to refresh") }
            ledger.requested { $0.isRefreshing = true }
            let query = [("rt", old.refresh)]
            let reply = try await app.call(.GET, "/api/user/refresh", .sign, query: query)
            guard let access = reply.json?["at"]?.stringValue, let refresh = reply.json?["rt"]?.stringValue else {
                throw TestFailure("a refresh was answered with \(reply.json?.text ?? "nothing")")
            }
            ledger.acknowledged("refresh") { contents in
                contents.pair = (access, refresh)
                contents.isRefreshing = false
                contents.supersededTokens.append(old.access)
            }
        }
    }

    private func keepAdding(_ app: SimulatedApp) async throws {
        guard let token = ledger.contents.accessTokens.last else { throw TestFailure("no token to add devices with") }
        while true {
            let number = ledger.contents.requestedDevices.count
            let digits = String(number, radix: 16)
            let id = DeviceID(unchecked: "1000" + String(repeating: "0", count: 6 - digits.count) + digits)
            ledger.requested { $0.requestedDevices.insert(id) }
            let body: JSONObject = ["deviceid": .string(id.rawValue), "apikey": .string("key-of-\(id)")]
            let headers: HTTPHeaders = ["Authorization": "Bearer \(token)"]
            let reply = try await app.call(.POST, "/api/user/device/add", .none, body: body, headers: headers)
            guard reply.error == 0 else {
                throw TestFailure("an addition was answered with \(reply.json?.text ?? "nothing")")
            }
            ledger.acknowledged("addition") { $0.addedDevices.insert(id) }
        }
    }

    private func keepReporting(_ device: RawDevice) async throws {
        while true {
            let number = (ledger.contents.reports[device.id]?.sent ?? 0) + 1
            ledger.requested { $0.reports[device.id, default: .init()].sent = number }
            try await device.report(["number": JSON(number)])
            let answer = try await device.answer()
            guard answer["error"] == 0 else { throw TestFailure("a report was answered with \(answer.text)") }
            ledger.acknowledged("report") { $0.reports[device.id, default: .init()].acknowledged = number }
        }
    }

}
