import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport

/// Who and what there is in a server that is to be killed: an owner with devices, a home and tokens, and a receiver.
struct CrashActors: Sendable {
    static let receiverEmail = "ben@example.org"
    static let sharedByCall = DeviceID(unchecked: "1000dddd01")
    static let sharedOnSocket = DeviceID(unchecked: "1000dddd02")
    static let standing = [Cast.deviceID, sharedByCall, sharedOnSocket, CrashLoad.gateway] + CrashLoad.reporters

    /// Log-ins here are many and must not end one another; nothing but their own end may end a session.
    static let settings = [
        "SWITCHYARD_PROTOCOL_SINGLE_LOGIN_SCOPE": "none", "SWITCHYARD_LIMITS_TOKEN_PAIRS_PER_ACCOUNT": "100000",
        "SWITCHYARD_LIMITS_DEVICES_PER_ACCOUNT": "100000", "SWITCHYARD_FIRMWARE_MAXIMUM_RELEASES": "10000",
        "SWITCHYARD_LIMITS_SUB_DEVICES_PER_GATEWAY": "10000",
    ]

    let owner: Cast
    let receiver: Cast
    let ownerToken: String
    let receiverToken: String
    let receiverKey: String
    let homeID: String
    let roomID: String
    /// Groups of version 1, of which a device is in the one or in the other.
    let groupID: String
    let otherGroupID: String
    /// A group of version 2.
    let thingGroupID: String

    /// Makes them in a new server, and notes the first tokens.
    init(in server: RunningServer, _ ledger: CrashLedger) async throws {
        owner = try await Cast(in: server)
        receiver = try await owner.withAnotherAccount(Self.receiverEmail, in: server)
        for id in Self.standing.dropFirst() {
            _ = try await server.json(
                "device",
                "add",
                id.rawValue,
                "--apikey-file",
                "-",
                "--account",
                Cast.email,
                input: CrashLoad.reporterKey.rawValue
            )
        }
        // Makes the folder.
        let image = server.folder + "/image-0.bin"
        try Self.image(0).write(to: URL(filePath: image))
        _ = try await server.json("firmware", "add", image, "--model", "M", "--version", "0")
        let theirs = try await server.withApp(receiver) { try await $0.logIn() }
        (receiverToken, receiverKey) = (theirs.accessToken, theirs.apiKey.rawValue)
        (groupID, otherGroupID, thingGroupID) = try await server.withApp(owner) { try await Self.makeGroups($0) }
        (ownerToken, homeID, roomID) = try await server.withApp(owner) { app in
            let (kept, refreshed) = (try await app.logIn(), try await app.logIn())
            ledger.note { contents in
                contents.accessTokens.append(kept.accessToken)
                contents.pair = (refreshed.accessToken, refreshed.refreshToken)
            }
            let home: JSONObject = ["name": "0", "roomNameList": ["0"]]
            let reply = try await app.call(.POST, "/v2/family", .bearer, body: home, general: false)
            let made = reply.json?["data"]
            guard let id = made?["id"]?.stringValue,
                let room = made?["roomList"]?.arrayValue?.first?["id"]?.stringValue
            else { throw TestFailure("a home was answered with \(reply.json?.text ?? "nothing")") }
            return (kept.accessToken, id, room)
        }
    }

    private static func makeGroups(_ app: SimulatedApp) async throws -> (String, String, String) {
        _ = try await app.logIn()
        func make(_ path: String, _ body: JSONObject) async throws -> JSON {
            let reply = try await app.call(.POST, path, .bearer, body: body, general: false)
            guard reply.error == 0, let json = reply.json else {
                throw TestFailure("\(path) was answered with \(reply.json?.text ?? "nothing")")
            }
            return json
        }
        let first = try await make("/api/group", ["name": "0"])["groupid"]?.stringValue
        let second = try await make("/api/group", ["name": "Other"])["groupid"]?.stringValue
        let device = JSON(Cast.deviceID.rawValue)
        let move: JSON = ["deviceid": device, "source_id": "", "target_id": JSON(second ?? ""), "type": 0]
        _ = try await make("/api/group/addDevice", ["deviceinfos": [move]])
        let things: JSONObject = ["name": "0", "mainDeviceId": device, "sort": 1]
        let third = try await make("/v2/device/group", things)["data"]?["itemData"]?["id"]?.stringValue
        guard let first, let second, let third else { throw TestFailure("a group has no id") }
        return (first, second, third)
    }

    /// Of every number another one.
    static func image(_ number: Int) -> Data {
        var bytes: [UInt8] = [0xEA]
        for index in 1..<9_000 { bytes.append(UInt8(truncatingIfNeeded: index &* 31 &+ number &* (index >> 8))) }
        return Data(bytes + Array(String(number).utf8))
    }
}
