import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// What the server says while a library below it holds back, or fails, the syncs of its database.
    @Suite("No acknowledgement before the sync that covers it", .timeLimit(.minutes(3)))
    struct FsyncOrderTests {
        @Test("An answer to a change leaves after its sync, and at once then", arguments: Change.allCases)
        func answersAfterSync(change: Change) async throws {
            try await withGatedServer { server, gate in
                let cast = try await Cast(in: server)
                let reader = try await cast.withAnotherAccount("ben@example.org", in: server)
                try await server.withApp(cast) { app in
                    try await server.withApp(reader) { reader in
                        try await app.logIn()
                        try await reader.logIn()
                        try gate.close(.hold)

                        try await withThrowingTaskGroup(of: Event.self) { group in
                            group.addTask { .answered(try await change.make(through: app)) }
                            try await gate.waitUntilHolding()
                            group.addTask { .lived(reads: try await reads(by: reader)) }
                            #expect(try await group.next() == .lived(reads: 100))

                            try gate.open(.hold)
                            #expect(try await group.next() == .answered(0))
                        }
                    }
                }
            }
        }

        private enum Event: Equatable {
            case answered(Int)
            case lived(reads: Int)
        }

        /// Asks, again and again, for what changes nothing: a server that answers this would have answered the change too.
        private func reads(by app: SimulatedApp) async throws -> Int {
            for _ in 0..<100 { _ = try await app.devices() }
            return 100
        }

        @Test("A device's report is answered after its sync; apps hear of it before")
        func answersReportAfterSync() async throws {
            try await withGatedServer { server, gate in
                let cast = try await Cast(in: server)
                try await server.withApp(cast) { app in
                    try await app.start()
                    try await server.withRawDevice { device in
                        try gate.close(.hold)
                        try await device.report(["switch": "on"])

                        let broadcast = try await app.nextPush { $0["action"] == "update" }
                        #expect(broadcast["params"]?["switch"] == "on")
                        try await gate.waitUntilHolding()
                        for _ in 0..<100 {
                            try await device.conversation.ping()
                            #expect(try await device.conversation.next() == .pong)
                        }

                        try gate.open(.hold)
                        #expect(try await device.answer()["error"] == 0)
                    }
                }
            }
        }

        @Test("A sync that fails is no acknowledgement; the server goes on, and recovers")
        func refusesAfterFailedSync() async throws {
            try await withGatedServer { server, gate in
                let cast = try await Cast(in: server)
                try await server.withApp(cast) { app in
                    try await app.logIn()

                    try gate.close(.fail)
                    #expect(try await Change.rename.make(through: app) == 500)
                    #expect(try await app.devices().first?["name"] == "Hall lamp")
                    try gate.open(.fail)

                    #expect(try await Change.rename.make(through: app) == 0)
                    #expect(try await app.devices().first?["name"] == "Porch")
                }
            }
        }

        private func withGatedServer(_ body: (RunningServer, SyncGate) async throws -> Void) async throws {
            try await withDataFolder { folder in
                let library = try await compileLibrary("faulty-disk", in: folder)
                let path = folder + "/gate"
                let environment = ["LD_PRELOAD": library, "SYNC_GATE": path]
                try await withServer(in: folder, environment: environment) { server in
                    let gate = SyncGate(path: path, process: server.process)
                    defer { gate.remove() }
                    try await body(server, gate)
                }
            }
        }
    }
}

/// A change that a client asks for over HTTP.
enum Change: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case logIn
    case refresh
    case add
    case rename
    case remove

    var testDescription: String { rawValue }

    /// Asks for it; the `error` of the answer, 0 for an answer that has none.
    func make(through app: SimulatedApp) async throws -> Int {
        let device = "/api/user/device/\(Cast.deviceID)"
        switch self {
        case .logIn:
            // By itself: the log-in would replace the token that the app reads with meanwhile.
            return try await withSimulatedApp(server: app.server, trust: .anybody, credentials: app.credentials) {
                try await $0.logIn().answer["error"]?.intValue ?? 0
            }
        case .refresh:
            let token = app.session?.refreshToken ?? ""
            return try await error(of: app.call(.GET, "/api/user/refresh", .sign, query: [("rt", token)]))
        case .add:
            let body: JSONObject = ["deviceid": "1000ffff01", "apikey": "d0d0d0d0-1111-4222-8333-444455550002"]
            return try await error(of: app.call(.POST, "/api/user/device/add", .bearer, body: body))
        case .rename:
            return try await error(of: app.call(.POST, device, .bearer, body: ["name": "Porch"]))
        case .remove:
            return try await error(of: app.call(.DELETE, device, .bearer))
        }
    }

    private func error(of reply: HTTPReply) throws -> Int {
        guard reply.status == 200, let json = reply.json else {
            throw TestFailure("answered with HTTP \(reply.status)")
        }
        return json["error"]?.intValue ?? 0
    }
}

/// The test's hand on the syncs of one server (`Fixtures/faulty-disk.c`).
struct SyncGate: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case hold
        case fail
    }

    let path: String
    let process: ChildProcess

    func close(_ kind: Kind) throws { try Data().write(to: URL(filePath: "\(path).\(kind)")) }

    func open(_ kind: Kind) throws { try FileManager.default.removeItem(atPath: "\(path).\(kind)") }

    /// Waits until a sync is being held.
    func waitUntilHolding() async throws {
        _ = try await process.errors.next("that a sync is held") { $0.hasSuffix("sync-gate: holding") }
    }

    /// Opens it for good, so that the server can end.
    func remove() {
        for kind in Kind.allCases { try? open(kind) }  // Open already is as good.
    }
}
