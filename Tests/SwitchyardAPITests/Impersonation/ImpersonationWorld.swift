import CoolkitWire
import SwitchyardCore
import TestSupport

@testable import SwitchyardServer

/// A victim who has something of every kind, and everybody who might pretend to be her.
struct ImpersonationWorld: Sendable {
    /// An account with something of every kind.
    struct Person: Sendable {
        let account: Account
        let tokens: TokenPair
        var objects: ImpersonationObjects
        let deviceKey: String
    }

    let rig: TLSRig
    let victim: Person
    /// Nobody to her.
    let stranger: Person
    /// The same account under another application.
    let strangerElsewhere: TokenPair
    /// Had her device shared once.
    let formerReceiver: Person
    /// Have it shared now, without and with every permit.
    let receivers: [(permit: Int, person: Person)]
    /// Tokens of hers that are good no more, by what has become of them.
    let deadTokens: [(name: String, pair: TokenPair)]

    static let otherApp = "OtherAppId0000000000000000000001"
    static let otherSecret = "OtherSecret000000000000000000001"
    static let subDevice = "a480f0f0f0"
    /// What she is called, and her device, since the former receiver is none any more.
    static let newNames = ["Attic lamp", "Vera Nova"]

    init(_ rig: TLSRig) async throws {
        self.rig = rig
        try await rig.makeApplication()
        try await rig.makeApplication(id: Self.otherApp, secret: Self.otherSecret)
        let maker = PersonMaker(rig: rig)
        let expired = try await maker.account("vera@example.org")
        let expiredPair = try await maker.logIn(expired, under: Self.otherApp)
        rig.clocks.advance(by: .days(61))
        let superseded = try await maker.logIn(expired, under: Self.otherApp)
        let revoked = try await maker.logIn(expired, under: Self.otherApp)
        try await rig.accounts.logOut(try rig.accounts.authenticate(revoked.accessToken))
        deadTokens = [("expired", expiredPair), ("superseded", superseded), ("revoked", revoked)]

        var victim = try await maker.person(expired, number: 1)
        stranger = try await maker.person(try await maker.account("max@example.org"), number: 2)
        strangerElsewhere = try await maker.logIn(stranger.account, under: Self.otherApp)
        formerReceiver = try await maker.person(try await maker.account("fred@example.org"), number: 3)
        let rosa = try await maker.person(try await maker.account("rosa@example.org"), number: 4)
        let rita = try await maker.person(try await maker.account("rita@example.org"), number: 5)
        receivers = [(0, rosa), (15, rita)]
        _ = try await maker.account("friend@example.org")
        for (person, permit) in [(formerReceiver, 15), (rosa, 0), (rita, 15)] {
            try await maker.share(victim, with: person.account, permit: permit)
        }
        let device = DeviceID(unchecked: victim.objects.names["device"] ?? "")
        try await rig.server.switchyard.shares.cancel(device, with: formerReceiver.account.id)
        try await maker.rename(victim)
        victim.objects.names["receiver"] = rita.account.apiKey.rawValue
        victim.objects.names["subdevice"] = Self.subDevice
        try await maker.addSubDevice(Self.subDevice, behind: device, of: victim)
        self.victim = victim
        await rig.server.switchyard.messageRecorder.flush()
    }

    /// Somebody who asks for what is not his.
    struct Caller: Sendable {
        let name: String
        let person: Person
        let token: String
        /// What he must not hear.
        let secrets: [String]
    }

    /// Those who have no right to anything of hers.
    var strangers: [Caller] {
        let others = [("other account", stranger, stranger.tokens), ("other appid", stranger, strangerElsewhere)]
        let callers = others.map { name, person, tokens in
            Caller(name: name, person: person, token: tokens.accessToken, secrets: secrets + namesOfOwner)
        }
        return callers + [caller(formerReceiver, "former receiver", namesOfOwner)]
    }

    /// Those who have her device shared; they are told who has done so, and of nobody else who has it.
    ///
    /// Source: `coolkit-v1-http.md` §1.6.
    var receiving: [(permit: Int, caller: Caller)] {
        receivers.map { permit, person in (permit, caller(person, "receiver with permit \(permit)")) }
    }

    private func caller(_ person: Person, _ name: String, _ more: [String] = []) -> Caller {
        let others = ([formerReceiver] + receivers.map(\.person)).filter { $0.account.id != person.account.id }
        let names = others.flatMap { [$0.account.identifier.description, $0.account.apiKey.rawValue] }
        return Caller(name: name, person: person, token: person.tokens.accessToken, secrets: secrets + names + more)
    }

    /// What nobody but she may read.
    private var secrets: [String] {
        let dead = deadTokens.map(\.pair)
        let tokens = (dead + [victim.tokens]).flatMap { [$0.accessToken, $0.refreshToken] }
        return tokens + [victim.deviceKey, victim.account.id.description]
            + ["group", "home", "room", "thinggroup", "login"].compactMap { victim.objects.names[$0] }
    }

    /// What besides her only those may read who have her device shared.
    private var namesOfOwner: [String] { whatReceiversWereTold + Self.newNames }

    /// What stands in the messages of a former receiver: he was told it while he was none.
    ///
    /// A message is the receiver's own from then on, as a letter is; it tells nothing that came after.
    var whatReceiversWereTold: [String] {
        [victim.account.identifier.description, victim.account.apiKey.rawValue, "Hall lamp of 1"]
    }

    /// All that must not be told to who has no token at all.
    var allSecrets: [String] { secrets + namesOfOwner }

    /// Begins the share of her device with a receiver anew.
    func share(with receiver: Person, permit: Int) async throws {
        let device = DeviceID(unchecked: victim.objects.names["device"] ?? "")
        _ = try await rig.server.switchyard.shares.remove(device, with: receiver.account.id)
        try await PersonMaker(rig: rig).share(victim, with: receiver.account, permit: permit)
    }

    /// All that she sees of what she has.
    func view() async throws -> [String] {
        let device = victim.objects.names["device"] ?? ""
        let targets = [
            "/api/user/device?version=8&getTags=1", "/api/group", "/api/user/device/history?deviceid=\(device)",
            "/v2/user/profile", "/v2/user/sessions", "/v2/family", "/v2/device/thing?num=0", "/v2/device/group",
            "/v2/message/read",
        ]
        var answers: [String] = []
        for target in targets {
            let answer = try await rig.send(.get(target, token: victim.tokens.accessToken))
            guard answer.error == 0 || answer.json.arrayValue != nil else { throw TestFailure(answer.text) }
            answers.append(answer.text)
        }
        return answers
    }
}

/// Makes accounts that have something of every kind.
private struct PersonMaker {
    let rig: TLSRig

    func account(_ identifier: String) async throws -> Account { try await rig.makeAccount(identifier) }

    func logIn(_ account: Account, under appID: String = TLSRig.appID) async throws -> TokenPair {
        try await rig.accounts.logIn(
            account.identifier,
            password: TLSRig.password,
            client: LoginClient(appID: AppID(unchecked: appID), address: "192.0.2.10")
        ).tokens
    }

    func person(_ account: Account, number: Int) async throws -> ImpersonationWorld.Person {
        let tokens = try await logIn(account)
        let id = DeviceID(unchecked: "1000f0000\(number)")
        let key = "d0d0d0d0-1111-4222-8333-44445555000\(number)"
        _ = try await rig.devices.add(
            .init(
                id: id,
                credential: .key(APIKey(unchecked: key)),
                name: "Hall lamp of \(number)",
                facts: DeviceFacts(uiid: 66, model: "PSF-B01-GL"),
                params: Array(#"{"switch":"off","timers":[{"mId":"m1","enabled":1}]}"#.utf8)
            ),
            to: account,
            under: nil
        )
        let homes = rig.devices.homes
        let home = try await homes.contents(of: nil, for: account.id).home
        let room = try await homes.addRoom(named: "Hall", to: home, at: .back, for: account.id)
        let group = try await rig.devices.groups.create(named: "Downstairs", at: nil, for: account.id)
        let thingGroup = try await rig.server.switchyard.thingGroups.create(
            named: "Both",
            mainDevice: id,
            for: account.id
        )
        let names = [
            "device": id.rawValue, "subdevice": "a480c0c0c\(number)", "group": group.rawValue,
            "home": home.description, "room": room.id.description, "thinggroup": thingGroup.id.description,
            "login": try rig.accounts.authenticate(tokens.accessToken).login.description,
            "receiver": ImpersonationObjects.nobody.names["receiver"] ?? "", "apikey": account.apiKey.rawValue,
            "digest": DeviceDigest.addDevice(deviceID: id, apiKey: APIKey(unchecked: key)),
            "code": DeviceDigest.gsm(deviceID: id, apiKey: APIKey(unchecked: key)), "factory": key,
            "rt": tokens.refreshToken,
        ]
        return .init(account: account, tokens: tokens, objects: .init(names: names), deviceKey: key)
    }

    func share(_ owner: ImpersonationWorld.Person, with receiver: Account, permit: Int) async throws {
        _ = try await rig.server.switchyard.shares.add(
            Share(
                device: DeviceID(unchecked: owner.objects.names["device"] ?? ""),
                owner: ShareParty(owner.account),
                receiver: ShareParty(receiver),
                terms: ShareTerms(permit: SharePermit(rawValue: permit)),
                sharedAt: rig.clocks.wallClock.now
            )
        )
    }

    /// Gives her and her device other names, which no former receiver has heard.
    func rename(_ owner: ImpersonationWorld.Person) async throws {
        let token = owner.tokens.accessToken
        let names = ImpersonationWorld.newNames
        let device = owner.objects.names["device"] ?? ""
        let answers = [
            try await rig.send(
                .post("/api/user/device/\(device)", token: token, ["name": .string(names[0]), "group": ""])
            ),
            try await rig.send(.post("/v2/user/profile", token: token, ["nickname": .string(names[1])])),
        ]
        guard answers.map(\.error) == [0, 0] else { throw TestFailure("no new names: \(answers.map(\.text))") }
    }

    func addSubDevice(_ id: String, behind gateway: DeviceID, of owner: ImpersonationWorld.Person) async throws {
        let request = APIRequest.post(
            "/api/user/device/add",
            token: owner.tokens.accessToken,
            [
                "deviceid": .string(gateway.rawValue), "apikey": .string(owner.deviceKey), "name": "Plug", "isSub": 1,
                "subDeviceId": .string(id),
            ]
        )
        let answer = try await rig.send(request)
        guard answer["deviceid"]?.stringValue == id else { throw TestFailure("no sub-device: \(answer.text)") }
    }
}
