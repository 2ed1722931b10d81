import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

/// What a receiver writes within the permit of his share succeeds, and the same is refused without it: by every door.
@Suite("What the receiver of a share may write", .timeLimit(.minutes(5)))
struct PermitTests {
    /// The ways a command may come.
    private enum Door: CaseIterable {
        case version1, version2, batch, group, socket
    }

    /// What a receiver makes of the timers that the device has, and the permit that it takes.
    private static let changes: [(needed: SharePermit, params: String)] = [
        ([], #"{"switch":"on"}"#), ([], #"{"timers":\#(timers)}"#),
        (.addTimers, #"{"timers":[{"mId":"m1","enabled":1,"at":"1"},{"mId":"m2"}]}"#),
        (.editTimers, #"{"timers":[{"mId":"m1","enabled":1,"at":"2"}]}"#),
        (.deleteTimers, #"{"timers":[]}"#), (.enableTimers, #"{"timers":[{"mId":"m1","enabled":0,"at":"1"}]}"#),
        ([.deleteTimers, .addTimers], #"{"switch":"on","timers":[{"mId":"m3"}]}"#),
    ]
    private static let timers = #"[{"mId":"m1","enabled":1,"at":"1"}]"#
    private static let permits: [SharePermit] = [
        [], .addTimers, .editTimers, .deleteTimers, .enableTimers, [.addTimers, .deleteTimers], .all,
    ]

    @Test(
        "Timers are changed as far as the permit goes, over HTTP of both versions, in lists, in groups and on sockets"
    )
    func timers() async throws {
        try await withImpersonation { scene in
            let receiver = scene.world.receivers[0].person
            let peer = try await TestPeer.app(
                "receiver",
                of: scene.rig,
                apiKey: receiver.account.apiKey.rawValue,
                token: receiver.tokens.accessToken
            )
            defer { peer.abort() }
            var (refused, allowed) = (0, 0)
            try await scene.restoreState()

            for permit in Self.permits {
                try await scene.share(with: receiver, permit)
                for (needed, params) in Self.changes {
                    for door in Door.allCases {
                        let label = Comment("\(params) by \(door) with \(permit.rawValue)")
                        if needed.isSubset(of: permit) {
                            async let answer = write(params, by: door, receiver, peer, in: scene)
                            let command = try await scene.device.nextText()
                            #expect(command.contains(#""params":\#(params)"#), label)
                            try await scene.device.answer(command)
                            #expect(try await answer == 0, label)
                            try await scene.restoreState()
                            allowed += 1
                        } else {
                            let answer = try await write(params, by: door, receiver, peer, in: scene)
                            // A group passes over what a member does not take.
                            #expect(door == .group || answer != 0, label)
                            try await scene.device.settle()
                            refused += 1
                        }
                    }
                }
            }

            print("impersonation, timers by permit: \(refused) cells refused, \(allowed) allowed")
        }
    }

    /// The error of the answer, of the one device where the answer has several.
    private func write(
        _ params: String,
        by door: Door,
        _ receiver: ImpersonationWorld.Person,
        _ peer: TestPeer,
        in scene: ImpersonationScene
    ) async throws -> Int? {
        let device = scene.deviceID
        func ask(_ path: String, _ body: String) async throws -> APIAnswer {
            try await scene.rig.send(.post(path, token: receiver.tokens.accessToken, text: body))
        }
        switch door {
        case .version1:
            return try await ask("/api/user/device/status", #"{"deviceid":"\#(device)","params":\#(params)}"#).error
        case .version2:
            return try await ask("/v2/device/thing/status", #"{"type":1,"id":"\#(device)","params":\#(params)}"#).error
        case .batch:
            let thing = #"{"type":1,"id":"\#(device)","params":\#(params)}"#
            let answer = try await ask(
                "/v2/device/thing/batch-status",
                #"{"thingList":[\#(thing)],"timeout":8000}"#
            )
            return answer["data"]?["respList"]?.arrayValue?.first?["error"]?.intValue
        case .group:
            let group = receiver.objects.names["thinggroup"] ?? ""
            return try await ask("/v2/device/thing/status", #"{"type":2,"id":"\#(group)","params":\#(params)}"#).error
        case .socket:
            return try await say(params, on: peer, about: device, of: scene.world.victim)
        }
    }

    private func say(
        _ params: String,
        on peer: TestPeer,
        about device: String,
        of owner: ImpersonationWorld.Person
    ) async throws -> Int? {
        try await peer.send(
            """
            {"action":"update","deviceid":"\(device)","apikey":"\(owner.account.apiKey)","userAgent":"app",\
            "sequence":"7","params":\(params)}
            """
        )
        while true {
            // He hears of what others do, too.
            let message = try JSON(parsing: try await peer.nextText())
            if message["sequence"] == "7", let error = message["error"]?.intValue { return error }
        }
    }

    @Test(
        "Every operation that a permit allows succeeds with it, and tells the receiver no key; without it it is refused"
    )
    func operations() async throws {
        try await withImpersonation { scene in
            var (refused, allowed) = (0, 0)

            for row in ImpersonationRow.version1 + ImpersonationRow.version2
            where !row.isReading && !row.permitted.isEmpty {
                for (permit, caller) in scene.world.receiving {
                    try await scene.share(with: caller.person, SharePermit(rawValue: permit))
                    try await scene.restoreState()
                    let label = Comment("\(row.testDescription) by \(caller.name)")
                    let isAllowed = row.permitted.contains(permit)
                    let answer = try await answer(to: row, by: caller, reachesDevice: isAllowed, in: scene)
                    let errors =
                        [answer.error] + (answer["data"]?["respList"]?.arrayValue ?? []).map { $0["error"]?.intValue }
                    if isAllowed {
                        #expect(errors.allSatisfy { $0 == 0 }, "\(label): \(answer.text)")
                        allowed += 1
                    } else {
                        #expect(errors.contains { $0 != 0 }, "\(label): \(answer.text)")
                        refused += 1
                    }
                    scene.expectSilent(answer, to: row, caller.name, caller.secrets)
                    try await scene.device.settle()
                }
            }

            print("impersonation, operations by permit: \(refused) cells refused, \(allowed) allowed")
        }
    }

    /// Asks, and has the device answer what it is told.
    private func answer(
        to row: ImpersonationRow,
        by caller: ImpersonationWorld.Caller,
        reachesDevice: Bool,
        in scene: ImpersonationScene
    ) async throws -> APIAnswer {
        var request = row.request(by: caller.person.objects, about: scene.world.victim.objects)
        if row.path == "/v2/family/thing/sort" { request.body = try await scene.completeOrder(of: caller) }
        let signed = request.authorized("Bearer \(caller.token)")
        async let answer = scene.rig.send(signed)
        if reachesDevice, row.path.hasSuffix("status") {
            try await scene.device.answer(try await scene.device.nextText())
        }
        return try await answer
    }
}

extension ImpersonationScene {
    fileprivate var deviceID: String { world.victim.objects.names["device"] ?? "" }

    /// Begins the share anew with this permit, and puts the device into the receiver's own group.
    fileprivate func share(with receiver: ImpersonationWorld.Person, _ permit: SharePermit) async throws {
        try await world.share(with: receiver, permit: permit.rawValue)
        let group = receiver.objects.names["thinggroup"] ?? ""
        let body = #"{"id":"\#(group)","deviceidList":["\#(deviceID)"]}"#
        let request = APIRequest.post("/v2/device/group/add", token: receiver.tokens.accessToken, text: body)
        #expect(try await rig.send(request).error == 0)
    }

    /// The device reports the state that it begins with.
    fileprivate func restoreState() async throws {
        try await device.send(
            """
            {"action":"update","deviceid":"\(deviceID)","apikey":"x","userAgent":"device","params":{"switch":"off",\
            "timers":[{"mId":"m1","enabled":1,"at":"1"}]}}
            """
        )
        #expect(try await device.nextText().contains(#""error":0"#))
    }

    /// The body that orders all that the caller has in his home, as it stands.
    fileprivate func completeOrder(of caller: ImpersonationWorld.Caller) async throws -> String {
        let answer = try await rig.send(.get("/v2/device/thing?num=0", token: caller.token))
        let things = (answer["data"]?["thingList"]?.arrayValue ?? []).map { thing -> JSON in
            let (data, type) = (thing["itemData"], thing["itemType"] ?? .null)
            return ["itemType": type, "id": (type == 3 ? data?["id"] : data?["deviceid"]) ?? .null]
        }
        let body: JSON = ["familyid": JSON(caller.person.objects.names["home"] ?? ""), "thingList": JSON(things)]
        return body.text
    }
}
