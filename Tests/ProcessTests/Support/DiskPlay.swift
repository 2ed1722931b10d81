import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport
import Testing

/// An owner and a receiver online, a device that is commanded and reports, and one that reports once and is silent then.
struct DiskPlay: Sendable {
    static let changed = ["add", "log-in", "name", "question", "refresh", "report", "share"]
    static let allDone = Dictionary(uniqueKeysWithValues: changed.map { ($0, 0) })
    static let allRefused = Dictionary(uniqueKeysWithValues: changed.map { ($0, 500) })

    private let server: RunningServer
    private let owner: SimulatedApp
    private let receiver: SimulatedApp
    private let device: RawDevice
    private let silent: RawDevice
    private let load: CrashLoad
    private let receiverKey: String
    private let pair: AppSession

    static func with(
        _ server: RunningServer,
        _ actors: CrashActors,
        _ body: (DiskPlay) async throws -> Void
    ) async throws {
        try await server.withApp(actors.owner) { owner in
            try await server.withApp(actors.receiver) { receiver in
                let pair = try await owner.logIn()
                try await owner.start()
                try await receiver.start()
                try await server.withRawDevice(CrashLoad.reporters[0], key: CrashLoad.reporterKey) { device in
                    try await server.withRawDevice(CrashLoad.reporters[1], key: CrashLoad.reporterKey) { silent in
                        try await body(
                            DiskPlay(
                                server: server,
                                owner: owner,
                                receiver: receiver,
                                device: device,
                                silent: silent,
                                load: CrashLoad(server: server, actors: actors, ledger: CrashLedger(), mayRefuse: true),
                                receiverKey: actors.receiverKey,
                                pair: pair
                            )
                        )
                    }
                }
            }
        }
    }

    /// Asks for each kind of change once; returns the error of each answer.
    func changes(_ round: Int) async throws -> [String: Int] {
        var errors: [String: Int] = [:]
        errors["log-in"] = try await logIn()
        errors["refresh"] = try await refresh(round)
        let body: JSONObject = ["deviceid": .string("1000cccc0\(round)"), "apikey": .string("key-of-\(round)")]
        let added = try await load.call(owner, .POST, "/api/user/device/add", body: body)
        errors["add"] = added.error ?? added.json?["code"]?.intValue
        let name: JSONObject = ["id": .string(load.actors.homeID), "name": .string(String(round))]
        errors["name"] = try await load.call(owner, .PUT, "/v2/family", body: name).error
        errors["share"] = try await share(round)
        errors["question"] = try await ask(round)
        errors["report"] = try await report(round)
        return errors
    }

    private func logIn() async throws -> Int? {
        try await server.withApp(load.cast) { app in
            do {
                try await app.logIn()
                return 0
            } catch let error as SimulatorError where error.code == .refused {
                return error.number
            }
        }
    }

    /// In the second round with the token of the third: a refusal leaves it good.
    private func refresh(_ round: Int) async throws -> Int? {
        let token =
            round == 1 ? try await server.withApp(load.cast) { try await $0.logIn().refreshToken } : pair.refreshToken
        let reply = try await owner.call(.GET, "/api/user/refresh", .sign, query: [("rt", token)])
        return reply.error ?? (reply.json?["at"] == nil ? nil : 0)
    }

    /// From the second round on that of another device: what is shared already needs no writing.
    private func share(_ round: Int) async throws -> Int? {
        let id = round == 1 ? CrashActors.sharedByCall : CrashLoad.reporters[3]
        let body: JSONObject = [
            "deviceidList": .array([JSON(id.rawValue)]),
            "user": ["email": .string(CrashActors.receiverEmail)], "permit": 15,
        ]
        return try await load.call(owner, .POST, "/v2/device/share", body: body).error
    }

    /// A share over the socket: the receiver agrees; from the second round on that of another device.
    private func ask(_ round: Int) async throws -> Int? {
        for app in [owner, receiver] { _ = try app.drainArrivals() }
        let id = round == 1 ? CrashActors.sharedOnSocket.rawValue : CrashLoad.reporters[2].rawValue
        let message: JSON = [
            "action": "share", "deviceid": JSON(id), "userAgent": "app",
            "apikey": JSON(owner.session?.apiKey.rawValue ?? ""), "sequence": JSON(String(round)),
            "params": ["uid": JSON(CrashActors.receiverEmail), "deviceName": "Shared"],
        ]
        try await owner.send(message.text)
        let question = try await receiver.nextPush {
            $0["action"] == "share" && $0["deviceid"]?.stringValue == id
        }
        let agreement: JSON = [
            "error": 0, "result": 2, "userAgent": "app", "apikey": question["apikey"] ?? nil,
            "deviceid": question["deviceid"] ?? nil, "sequence": question["sequence"] ?? nil,
        ]
        try await receiver.send(agreement.text)
        return try await owner.nextAnswer { $0["sequence"]?.stringValue == String(round) }["error"]?.intValue
    }

    /// Both devices report in the first two rounds, in the third the silent one does not.
    private func report(_ round: Int) async throws -> Int? {
        try await device.report(["number": JSON(round)])
        let error = try await device.answer()["error"]?.intValue
        guard round < 3 else { return error }
        try await silent.report(["number": JSON(round)])
        #expect(try await silent.answer()["error"]?.intValue == error)
        return error
    }

    // MARK: What goes on

    /// A command reaches the device and its answer the app; a report that is refused reaches the app too.
    func expectRelaying() async throws {
        _ = try owner.drainArrivals()
        async let answer = owner.update(device.id, params: ["switch": "on"])
        let command = try await device.command()
        let ack: JSON = [
            "error": 0, "userAgent": "device", "deviceid": JSON(device.id.rawValue),
            "sequence": command["sequence"] ?? nil,
        ]
        try await device.conversation.send(ack.text)
        #expect(try await answer["error"] == 0)

        try await device.report(["told": "yes"])
        let push = try await owner.nextPush { $0["action"] == "update" && $0["params"]?["told"] != nil }
        #expect(push["params"]?["told"] == "yes")
        #expect(try await device.answer()["error"] == 500)
    }

    func expectReading() async throws {
        let id = device.id
        #expect(try await owner.devices().contains { $0["deviceid"]?.stringValue == id.rawValue })
        #expect(try await owner.query(id)["params"]?["number"] == 2)
        let asked = [("deviceid", id.rawValue), ("params", "switch")]
        let status = try await owner.call(.GET, "/api/user/device/status", .bearer, query: asked)
        #expect(status.error == 0)
        #expect(try await load.call(owner, .GET, "/v2/device/history", query: [("deviceid", id.rawValue)]).error == 0)
        #expect(try await load.call(owner, .GET, "/v2/family").error == 0)
        #expect(try await server.json("device", "show", id.rawValue)["online"] == true)
        let refused = try await server.command(
            "account",
            "add",
            "eve@example.org",
            "--password-file",
            "-",
            input: "long-enough-pw"
        )
        #expect(refused.status == 1 && refused.errors.contains("database"))
    }

    /// While nothing is asked of it the server does next to nothing, though a report waits to be stored.
    func expectRest() async throws {
        let before = try cpuSeconds()
        await #expect(throws: SimulatorError.self) { try await device.conversation.nextText(within: .seconds(2)) }
        let used = try cpuSeconds() - before
        #expect(used < 0.5, "\(used) s of two")
    }

    /// User and system time of the server.
    ///
    /// Source: proc(5), fields 14 and 15 of `stat`, in hundredths of a second.
    private func cpuSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(server.process.processID)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ").dropFirst(11).prefix(2) ?? []
        return fields.compactMap { Double($0) }.reduce(0, +) / 100
    }
}

extension RawDevice {
    /// The next message that asks for something.
    fileprivate func command() async throws -> JSON {
        while true {
            let message = try JSON(parsing: await conversation.nextText())
            if message["action"] == "update" { return message }
        }
    }
}
