import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

@testable import SwitchyardHub

/// Everybody who might pretend to be somebody, against every action of the sockets.
///
/// Ann is the victim: her device and her app are connected, and neither may hear anything. The rows are asked of the code's own
/// list of actions, so that a new one without a row fails. Known weakness of the vendor's cloud: who had a device shared could take
/// it over (CVE-2024-7205).
@Suite("Impersonation on sockets", .timeLimit(.minutes(5)))
struct ImpersonationTests {
    private static let unknown = "1000999999"
    private static let unknownKey = "cccc0000-bbbb-4ccc-8ddd-eeee22220009"
    private static let bobsKey = "d0d0d0d0-1111-4222-8333-444455550099"
    private static let bobsDevice = "1000b1b1b1"

    /// What an app says about `$id`; `$key` is the apikey of its owner, or of nobody.
    private static let appRows: [AppAction: [String]] = [
        .update: [
            #""params":{"switch":"on"}"#, #""params":{"timers":[]}"#, #""apikey":"$key","params":{"switch":"on"}"#,
        ],
        .query: [#""params":[]"#, #""params":["switch"]"#, #""apikey":"$key","params":["timers"]"#],
        .upgrade: [
            #""params":{"model":"PSF-B01-GL","version":"9","binList":[{"downloadUrl":"http://x/ota/rom/a/b","name":"user1.bin","digest":"00"}]}"#
        ],
        .date: [""],
        .userOnline: [#""at":"$at","apikey":"$key""#],
        .share: [#""apikey":"$key","params":{"uid":"bob@example.org","deviceName":"x","userName":"y","permit":15}"#],
        .updateShare: [#""apikey":"$key","params":{"uid":"bob@example.org","permit":15}"#],
        .cancelShare: [
            #""apikey":"$key","params":{"uid":"carol@example.org"}"#,
            #""apikey":"$key","params":{"uid":"bob@example.org"}"#,
        ],
    ]
    private static let deviceRows: [SwitchyardHub.DeviceAction: [String]] = [
        .register: [#""apikey":"$factory","version":8"#],
        .date: [""],
        .update: [#""params":{"switch":"on"}"#],
        .query: [#""params":["timers"]"#],
        .reportSubDevice: [#""params":{"subDevices":[{"deviceid":"a480d0d0d0","uiid":1000}]}"#],
        .sysmsg: [#""params":{"online":false}"#],
    ]

    /// What only an owner may do.
    private static let ownersActions: [AppAction] = [.upgrade, .share, .updateShare, .cancelShare]

    private struct Scene: Sendable {
        let stage: Stage
        let device: TestPeer
        let app: TestPeer

        var key: String { stage.ann.account.apiKey }

        /// Nothing has reached Ann's device or her app, and both go on.
        func expectUndisturbed() async throws {
            try await device.settle()
            try await app.settle()
        }
    }

    /// What came back to a message, up to the answer of the ping behind it.
    private struct Reply: Equatable {
        var texts: [String] = []
        var closeCode: UInt16?

        /// The error of the first answer; nil when there was none.
        var error: Int? {
            guard let text = texts.first, let json = try? JSON(parsing: text) else { return nil }
            return json["error"]?.intValue
        }

        /// Whether it refuses: `updateShare` says by result 0 that somebody is not the sharer.
        ///
        /// Source: `coolkit-websocket.md` §10.
        var isRefusal: Bool {
            guard error == 0 else { return error != nil }
            return texts.first.flatMap { try? JSON(parsing: $0) }?["result"] == 0
        }

        func replacing(_ names: [(String, String)]) -> Reply {
            var reply = self
            for (name, other) in names { reply.texts = reply.texts.map { $0.replacing(name, with: other) } }
            return reply
        }
    }

    private func withScene(_ body: @Sendable (Scene) async throws -> Void) async throws {
        let change: ConfigurationChange = { $0.protocolSettings.failedHandshakeLimit = 100_000 }
        try await withStage(changing: change) { stage in
            try await stage.server.addDevice(Self.bobsDevice, key: Self.bobsKey, to: stage.bob.account)
            let app = try await TestPeer.app("ann", of: stage)
            let device = try await TestPeer.device("device", of: stage)
            defer { for peer in [app, device] { peer.abort() } }
            // It has come online.
            _ = try await app.nextText()
            try await body(Scene(stage: stage, device: device, app: app))
        }
    }

    private func say(_ text: String, on peer: TestPeer) async throws -> Reply {
        var reply = Reply()
        // A socket that was closed takes neither; what it said before is there all the same.
        try? await peer.send(text)
        try? await peer.send("ping")
        while true {
            switch try await peer.next() {
            case .text("pong"): return reply
            case .text(let text): reply.texts.append(text)
            case .closed(let code):
                reply.closeCode = code
                return reply
            case .ping, .pong: continue
            }
        }
    }

    private func online(_ player: Stage.Player, _ name: String, on stage: Stage) async throws -> TestPeer {
        let peer = try await TestPeer(name, to: stage.server)
        let reply = try await say(
            #"{"action":"userOnline","at":"\#(player.tokens.accessToken)","apikey":"\#(player.account.apiKey)"}"#,
            on: peer
        )
        #expect(reply.error == 0)
        return peer
    }

    private func message(
        _ action: String,
        _ members: String,
        about id: String,
        key: String,
        at: String = "",
        factory: String = ""
    ) -> String {
        let filled = members.replacing("$key", with: key).replacing("$at", with: at).replacing(
            "$factory",
            with: factory
        )
        return #"{"action":"\#(action)","deviceid":"\#(id)","sequence":"1"\#(filled.isEmpty ? "" : ",")\#(filled)}"#
    }

    /// Somebody with this credential is no app of Ann's, whatever he asks for; returns how often he was refused.
    private func expectNoApp(_ credential: (name: String, at: String, key: String), on stage: Stage) async throws -> Int
    {
        var cells = 0
        for (action, rows) in Self.appRows {
            for row in rows {
                let peer = try await TestPeer("nobody", to: stage.server)
                defer { peer.abort() }
                let text = message(
                    action.rawValue,
                    row,
                    about: Stage.deviceID,
                    key: credential.key,
                    at: credential.at
                )
                let reply = try await say(text, on: peer)
                #expect([400, 406].contains(reply.error), "\(action) with \(credential.name): \(reply)")
                #expect(reply.closeCode == 1_008, "\(action) with \(credential.name): \(reply)")
                cells += 1
            }
        }
        return cells
    }

    /// Whatever this app says of Ann's device, it hears what it hears of one that does not exist; returns how often it asked.
    private func expectUnknown(
        to player: Stage.Player,
        _ name: String,
        on peer: TestPeer,
        in scene: Scene
    ) async throws -> Int {
        var cells = 0
        for (action, rows) in Self.appRows where action != .userOnline && action != .date {
            for row in rows {
                // As the app of its owner would, and as one of his own.
                for (key, unknownKey) in [(scene.key, Self.unknownKey), (player.account.apiKey, player.account.apiKey)]
                {
                    let replies = try await say(
                        message(action.rawValue, row, about: Stage.deviceID, key: key),
                        on: peer
                    )
                    let unknown = try await say(
                        message(action.rawValue, row, about: Self.unknown, key: unknownKey),
                        on: peer
                    )
                    let names = [(Stage.deviceID, Self.unknown), (scene.key, Self.unknownKey)]
                    #expect(replies.replacing(names) == unknown, "\(action) by \(name): \(row)")
                    #expect(replies.error != 0 && replies.error != nil, "\(action) by \(name): \(replies)")
                    cells += 1
                }
            }
        }
        return cells
    }

    @Test("Every action of apps and of devices has a row, and its name is that of the wire")
    func isComplete() {
        #expect(Set(Self.appRows.keys) == Set(AppAction.allCases))
        #expect(Set(Self.deviceRows.keys) == Set(SwitchyardHub.DeviceAction.allCases))
    }

    @Test("Who has not shown a live token of an account is no app: each action is refused, and the socket ends")
    func appsWithoutToken() async throws {
        try await withScene { scene in
            let (stage, ann) = (scene.stage, scene.stage.ann)
            let elsewhere = try await stage.server.makeApplication()
            let accounts = stage.server.switchyard.accounts
            let superseded = ann.tokens
            let loggedOut = try await stage.act(["login", "at"])["at"] ?? ""
            try await accounts.logOut(try accounts.authenticate(loggedOut))
            let revoked = try await stage.act(["login", "at"])["at"] ?? ""
            // As `session revoke` does.
            try await accounts.endLogin(try accounts.authenticate(revoked).login)
            let live = try await stage.act(["login", "at"])["at"] ?? ""
            let foreign = try await stage.logIn(stage.carol, under: elsewhere).accessToken
            let credentials: [(name: String, at: String, key: String)] = [
                ("no key", "", scene.key), ("wrong key", String(repeating: "0", count: 40), scene.key),
                ("superseded at", superseded.accessToken, scene.key), ("its rt", superseded.refreshToken, scene.key),
                ("logged out at", loggedOut, scene.key), ("revoked at", revoked, scene.key),
                ("a device's key", Stage.factoryKey, scene.key), ("another device's key", Self.bobsKey, scene.key),
                ("the account's apikey", scene.key, scene.key),
                ("another account's at", stage.bob.tokens.accessToken, scene.key),
                ("another account's at of another appid", foreign, scene.key),
                ("her at with another account's apikey", live, stage.bob.account.apiKey),
            ]
            var cells = 0

            for credential in credentials { cells += try await expectNoApp(credential, on: stage) }

            try await scene.device.settle()
            print("impersonation, apps without a live token: \(cells) cells, 0 allowed")
        }
    }

    @Test("An expired token makes no app: each action is refused; what its refresh token buys makes one")
    func expiredToken() async throws {
        let change: ConfigurationChange = { $0.protocolSettings.failedHandshakeLimit = 100_000 }
        try await withStage(changing: change) { stage in
            let (ann, accounts) = (stage.ann, stage.server.switchyard.accounts)
            stage.server.clocks.advance(by: stage.server.switchyard.configuration.protocolSettings.accessTokenLifetime)
            let error = #expect(throws: SwitchyardError.self) { try accounts.authenticate(ann.tokens.accessToken) }
            #expect(error?.code == .tokenExpired)
            let device = try await TestPeer.device(of: stage)
            defer { device.abort() }

            let expired = (name: "expired at", at: ann.tokens.accessToken, key: ann.account.apiKey)
            let cells = try await expectNoApp(expired, on: stage)

            try await device.settle()
            let renewed = try await stage.act(["refresh", "at"])["at"] ?? ""
            let peer = try await TestPeer("ann", to: stage.server)
            defer { peer.abort() }
            let handshake = #"{"action":"userOnline","at":"\#(renewed)","apikey":"\#(ann.account.apiKey)"}"#
            #expect(try await say(handshake, on: peer).error == 0)
            print("impersonation, apps with an expired token: \(cells) cells, 0 allowed")
        }
    }

    /// The app is that of the token, as with Bearer calls; what `userOnline` says of itself is not asked.
    ///
    /// Source: `coolkit-v2-http.md` §1 (X-CK-Appid), `coolkit-websocket.md` §2 (appid).
    @Test("A token of another application is its account's, and says nothing of other accounts")
    func otherApplication() async throws {
        try await withScene { scene in
            let stage = scene.stage
            let elsewhere = try await stage.server.makeApplication()
            for appID in [elsewhere.id, stage.application.id] {
                let tokens = try await stage.logIn(stage.ann, under: elsewhere)
                let peer = try await TestPeer("elsewhere", to: stage.server)
                defer { peer.abort() }
                let handshake =
                    #"{"action":"userOnline","at":"\#(tokens.accessToken)","apikey":"\#(scene.key)","appid":"\#(appID)"}"#
                #expect(try await say(handshake, on: peer).error == 0)
                let query = message("query", #""params":[]"#, about: Stage.deviceID, key: scene.key)
                #expect(try await say(query, on: peer).error == 0)
            }
            let tokens = try await stage.logIn(stage.carol, under: elsewhere)
            let carol = Stage.Player(account: stage.carol.account, tokens: tokens)
            let peer = try await online(carol, "other appid", on: stage)
            defer { peer.abort() }

            let cells = try await expectUnknown(to: carol, "other appid", on: peer, in: scene)

            try await scene.expectUndisturbed()
            print("impersonation, apps of another appid: \(cells) cells, 0 allowed")
        }
    }

    @Test(
        "An account and a former receiver, whose socket may be as old as the share, hear of her device what they hear of one that does not exist"
    )
    func otherAccounts() async throws {
        try await withScene { scene in
            let stage = scene.stage
            _ = try await stage.act(["share", Stage.deviceID, "15"])
            let old = try await online(stage.bob, "receiver", on: stage)
            defer { old.abort() }
            let query = message("query", #""params":[]"#, about: Stage.deviceID, key: scene.key)
            #expect(try await say(query, on: old).error == 0)
            _ = try await stage.act(["unshare", Stage.deviceID])
            // He is told that the share has ended.
            while try await JSON(parsing: old.nextText())["action"] != "cancelShare" {}
            var cells = try await expectUnknown(to: stage.bob, "former receiver, still online", on: old, in: scene)

            for (name, player) in [("former receiver", stage.bob), ("other account", stage.carol)] {
                let peer = try await online(player, name, on: stage)
                defer { peer.abort() }
                cells += try await expectUnknown(to: player, name, on: peer, in: scene)
            }

            try await scene.device.settle()
            print("impersonation, apps of other accounts: \(cells) cells, 0 allowed")
        }
    }

    @Test(
        "A receiver cannot upgrade, share, nor end a share, his own or another's, nor touch timers without the permit, and hears no key (CVE-2024-7205)"
    )
    func receivers() async throws {
        try await withScene { scene in
            let stage = scene.stage
            var cells = 0
            // What a receiver may do to timers is seen by those that the device has.
            let timers = #""params":{"timers":[{"mId":"m1","enabled":0}]}"#
            _ = try await say(message("update", timers, about: Stage.deviceID, key: scene.key), on: scene.device)
            try await stage.shareWithCarol()

            for permit in ["0", "15"] {
                _ = try await stage.act(["share", Stage.deviceID, permit])
                let peer = try await online(stage.bob, "receiver", on: stage)
                defer { peer.abort() }
                let shares = stage.receivers
                #expect(shares == [stage.bob.account.account.id, stage.carol.account.account.id])
                for (action, rows) in Self.appRows where Self.ownersActions.contains(action) {
                    for (row, key) in rows.flatMap({ [($0, scene.key), ($0, stage.bob.account.apiKey)] }) {
                        let reply = try await say(
                            message(action.rawValue, row, about: Stage.deviceID, key: key),
                            on: peer
                        )
                        #expect(reply.isRefusal, "\(action) with \(permit): \(reply)")
                        cells += 1
                    }
                }
                #expect(stage.receivers == shares)
                if permit == "0" {
                    for timers in ["[]", #"[{"mId":"m1","enabled":1}]"#, #"[{"mId":"m1","enabled":0},{"mId":"m2"}]"#] {
                        let params = #""params":{"timers":\#(timers)}"#
                        let text = message("update", params, about: Stage.deviceID, key: scene.key)
                        let reply = try await say(text, on: peer)
                        #expect(reply.error == 403, "\(timers): \(reply)")
                        cells += 1
                    }
                }
                let state = try await say(
                    message("query", #""params":[]"#, about: Stage.deviceID, key: scene.key),
                    on: peer
                )
                #expect(state.error == 0)
                #expect(!state.texts.joined().contains(Stage.factoryKey))
                // What her device reports reaches the receiver, without its key.
                _ = try await say(
                    message("update", #""params":{"rssi":-50}"#, about: Stage.deviceID, key: scene.key),
                    on: scene.device
                )
                let broadcast = try await peer.nextText()
                #expect(broadcast.contains("rssi") && !broadcast.contains(Stage.factoryKey), "\(broadcast)")
                #expect(!broadcast.contains(stage.ann.account.account.id.description))
                _ = try await stage.act(["unshare", Stage.deviceID])
            }

            print("impersonation, receivers: \(cells) cells, 0 beyond the permit")
        }
    }

    @Test("Who has not registered with a device's own key is no device: each action is refused")
    func devicesWithoutKey() async throws {
        try await withScene { scene in
            let stage = scene.stage
            let keys: [(name: String, key: String)] = [
                ("no key", ""), ("wrong key", Self.unknownKey), ("another device's key", Self.bobsKey),
                ("its owner's apikey", scene.key), ("its owner's at", stage.ann.tokens.accessToken),
            ]
            var cells = 0

            for (action, rows) in Self.deviceRows {
                for row in rows {
                    for key in keys {
                        let peer = try await TestPeer("nobody", to: stage.server)
                        defer { peer.abort() }
                        let text = message(
                            action.rawValue,
                            row,
                            about: Stage.deviceID,
                            key: scene.key,
                            factory: key.key
                        )
                        let reply = try await say(text, on: peer)
                        #expect([400, 403, 406].contains(reply.error), "\(action) with \(key.name): \(reply)")
                        #expect(
                            !reply.texts.joined().contains(scene.key) || key.key == scene.key,
                            "\(action): \(reply)"
                        )
                        cells += 1
                    }
                }
            }

            try await scene.expectUndisturbed()
            print("impersonation, devices without their key: \(cells) cells, 0 allowed")
        }
    }

    @Test("A device speaks for itself alone: of another one it hears what it hears of one that does not exist")
    func otherDevices() async throws {
        try await withScene { scene in
            let stage = scene.stage
            let peer = try await TestPeer("bob's device", to: stage.server)
            defer { peer.abort() }
            let register = message("register", #""apikey":"\#(Self.bobsKey)""#, about: Self.bobsDevice, key: "")
            #expect(try await say(register, on: peer).error == 0)
            var cells = 0

            for (action, rows) in Self.deviceRows where action != .register {
                for row in rows {
                    let foreign = try await say(
                        message(action.rawValue, row, about: Stage.deviceID, key: scene.key),
                        on: peer
                    )
                    let unknown = try await say(
                        message(action.rawValue, row, about: Self.unknown, key: scene.key),
                        on: peer
                    )
                    #expect(foreign.replacing([(Stage.deviceID, Self.unknown)]) == unknown, "\(action): \(foreign)")
                    #expect(!foreign.texts.joined().contains(scene.key), "\(action): \(foreign)")
                    cells += 1
                }
            }
            let again = try await say(
                message("register", #""apikey":"\#(Self.bobsKey)""#, about: Stage.deviceID, key: ""),
                on: peer
            )
            #expect(again.error != 0)

            try await scene.expectUndisturbed()
            print("impersonation, other devices: \(cells + 1) cells, 0 allowed")
        }
    }

    @Test("Guesses at a device's key end after a few, on one socket as on many")
    func guessesAtKeys() async throws {
        let change: ConfigurationChange = { $0.protocolSettings.failedHandshakeLimit = 5 }
        try await withStage(changing: change) { stage in
            let peer = try await TestPeer("guesser", to: stage.server)
            defer { peer.abort() }
            var replies: [Reply] = []
            for index in 0..<8 {
                let key = "cccc0000-bbbb-4ccc-8ddd-eeee2222000\(index)"
                replies.append(
                    try await say(
                        message("register", #""apikey":"\#(key)""#, about: Stage.deviceID, key: ""),
                        on: peer
                    )
                )
                if replies.last?.closeCode != nil { break }
            }

            #expect(replies.map(\.error) == [403, 403, 403, 403, 403, nil])
            #expect(replies.last?.closeCode == 1_008)
        }
    }
}
