import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import TestSupport

/// Shares that begin and end, over HTTP and over the socket.
extension CrashLoad {
    /// An account gets so many from a stranger, and a few more, in an hour.
    private static let sharesWithoutConsent = 80
    /// With these an account makes less than it may in an hour, however long its server lives.
    private static let sharesWithConsent = 80

    /// Version 2, over HTTP: the receiver is not asked.
    func keepSharing(_ owner: SimulatedApp) async throws {
        let device = CrashActors.sharedByCall
        defer { ledger.stands() }
        var made = 0
        // Stands still as one that is shared, the other as one whose share has ended.
        while ledger.isToggling && made < Self.sharesWithoutConsent || !isShared(device) {
            let shares = begin(device)
            let id = JSON(device.rawValue)
            let reply =
                shares
                ? try await call(
                    owner,
                    .POST,
                    "/v2/device/share",
                    body: [
                        "deviceidList": .array([id]), "user": ["email": .string(CrashActors.receiverEmail)],
                        "permit": 15,
                    ]
                )
                : try await call(
                    owner,
                    .DELETE,
                    "/v2/device/share",
                    query: [("deviceid", device.rawValue), ("apikey", actors.receiverKey)]
                )
            guard try isAcknowledged(reply.error, "a share", reply.json) else { continue }
            end(device, shares)
            made += shares ? 1 : 0
        }
    }

    /// Over the socket: the receiver's app agrees.
    func keepAskingToShare() async throws {
        try await server.withApp(cast) { owner in
            try await server.withApp(actors.receiver) { receiver in
                for app in [owner, receiver] where try await !start(app) { return }
                defer { ledger.stands() }
                let device = CrashActors.sharedOnSocket
                var made = 0
                while ledger.isToggling || isShared(device) {
                    if ledger.isToggling, made >= Self.sharesWithConsent, isShared(device) {
                        // Remains shared until all come to a stand, or the server is gone.
                        _ = try await call(owner, .GET, "/v2/family")
                    } else {
                        made += isShared(device) ? 0 : 1
                        try await askToShare(owner, receiver)
                    }
                }
            }
        }
    }

    /// Goes online; tries again as long as the server refuses and may.
    private func start(_ app: SimulatedApp) async throws -> Bool {
        while !ledger.isKilled {
            do {
                try await app.start()
                return true
            } catch let error as SimulatorError where error.code == .refused && error.number == 500 && mayRefuse {
                ledger.refused()
            }
        }
        return false
    }

    private func askToShare(_ owner: SimulatedApp, _ receiver: SimulatedApp) async throws {
        let device = CrashActors.sharedOnSocket
        // Apps hear of all that happens; nobody reads it here.
        for app in [owner, receiver] { _ = try app.drainArrivals() }
        let shares = begin(device)
        let sequence = String(ledger.nextNumber(of: "sequence"))
        let message: JSON = [
            "action": JSON(shares ? "share" : "cancelShare"), "deviceid": JSON(device.rawValue), "userAgent": "app",
            "apikey": JSON(owner.session?.apiKey.rawValue ?? ""), "sequence": JSON(sequence),
            "params": ["uid": JSON(CrashActors.receiverEmail), "deviceName": "Shared"],
        ]
        try await owner.send(message.text)
        if shares {
            let question = try await receiver.nextPush {
                $0["action"] == "share" && $0["deviceid"]?.stringValue == device.rawValue
            }
            let agreement: JSON = [
                "error": 0, "result": 2, "userAgent": "app", "apikey": question["apikey"] ?? nil,
                "deviceid": JSON(device.rawValue), "sequence": question["sequence"] ?? nil,
            ]
            try await receiver.send(agreement.text)
        }
        let answer = try await owner.nextAnswer { $0["sequence"]?.stringValue == sequence }
        let error = answer["error"]?.intValue
        let isDone = error == 0 && answer["result"]?.intValue == 2
        guard try isAcknowledged(isDone ? 0 : error ?? -1, "a question", .object(answer)) else { return }
        end(device, shares)
    }

    private func isShared(_ device: DeviceID) -> Bool { ledger.contents.sharings[device]?.acknowledged ?? false }

    /// Notes that the sharing of a device is about to be changed; returns what to.
    private func begin(_ device: DeviceID) -> Bool {
        let shares = !isShared(device)
        ledger.note { $0.sharings[device, default: .init()].requested = shares }
        return shares
    }

    private func end(_ device: DeviceID, _ shares: Bool) {
        ledger.acknowledged("share") { $0.sharings[device] = .init(acknowledged: shares, requested: nil) }
    }
}
