import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// One request with one thing wrong, and the error it has to get.
struct FaultCase: Sendable, CustomTestStringConvertible {
    let title: String
    let error: Int
    let request: @Sendable (FaultWorld) -> APIRequest

    var testDescription: String { "\(title): \(error)" }

    init(_ title: String, _ error: Int, _ request: @escaping @Sendable (FaultWorld) -> APIRequest) {
        self.title = title
        self.error = error
        self.request = request
    }
}

/// What the requests of the table are sent to: two accounts, a device each, and tokens of every state.
struct FaultWorld: Sendable {
    let rig: TLSRig
    /// The token of the account that asks.
    let token: String
    /// A token that a later log-in ended.
    let supersededToken: String
    /// A token of the other account, for calls that end it.
    let spareToken: String
    /// A log-in of the other account.
    let foreignLogin: String
    /// A token of long ago.
    let expiredToken: String
    let apiKey: String
    /// A group of the asking account, and one of the other.
    let ownGroup: String
    let foreignGroup: String
    let homes: FaultHomes
    /// A code of the asking account that nobody has traded.
    let authorizationCode: String
    /// The apikey of the other account.
    let otherAPIKey: String
    /// The same of version 2; the own one has the own device, which leads it, and the shared one.
    let ownThingGroup: String
    let foreignThingGroup: String

    /// The asking account's device, offline.
    static let ownDevice = "1000a1b2c3"
    /// Another account's device.
    static let foreignDevice = "1000b0b0b0"
    static let absentDevice = "1000c0c0c0"
    static let deviceKey = "d0d0d0d0-1111-4222-8333-444455550001"

    init(_ rig: TLSRig) async throws {
        self.rig = rig
        try await rig.makeApplication()
        expiredToken = try await rig.makeUser("old@example.org").token
        rig.clocks.advance(by: .days(31))
        let ann = try await rig.makeUser("ann@example.org")
        supersededToken = ann.token
        apiKey = ann.account.apiKey.rawValue
        let login = try await rig.send(Self.login())
        token = login["at"]?.stringValue ?? ""
        try await rig.addDevice(Self.ownDevice, to: ann.account)
        let bob = try await rig.makeUser("bob@example.org")
        spareToken = bob.token
        foreignLogin = try rig.accounts.authenticate(bob.token).login.description
        otherAPIKey = bob.account.apiKey.rawValue
        try await rig.addDevice(Self.foreignDevice, to: bob.account)
        let groups = rig.devices.groups
        ownGroup = try await groups.create(named: "Downstairs", at: nil, for: ann.account.id).rawValue
        foreignGroup = try await groups.create(named: "Garden", at: nil, for: bob.account.id).rawValue
        homes = try await FaultHomes(rig, asking: ann.account, other: bob.account)
        try await rig.devices.importRecords(
            [Self.knownDevice, Self.foreignDevice].map { id in
                FactoryRecord(
                    id: DeviceID(unchecked: id),
                    factoryKey: APIKey(unchecked: Self.deviceKey),
                    source: .operator,
                    createdAt: rig.clocks.wallClock.now
                )
            }
        )
        try await Self.share(by: bob.account, with: ann.account, on: rig)
        authorizationCode = try await AuthorizationVisit.prepare(rig, of: TLSRig.appID).code()
        let thingGroups = rig.server.switchyard.thingGroups
        ownThingGroup = try await thingGroups.create(
            named: "Both",
            mainDevice: DeviceID(unchecked: Self.ownDevice),
            others: [DeviceID(unchecked: Self.sharedDevice)],
            for: ann.account.id
        ).id.description
        foreignThingGroup = try await thingGroups.create(
            named: "Garden",
            mainDevice: DeviceID(unchecked: Self.foreignDevice),
            for: bob.account.id
        ).id.description
        // The message of the share is in the store before anything is compared.
        await rig.server.switchyard.messageRecorder.flush()
    }

    // MARK: Requests that would succeed

    static func login(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = [
            "appid": .string(TLSRig.appID), "email": "ann@example.org", "password": .string(TLSRig.password),
            "ts": 1_700_000_010, "version": 8, "nonce": "k3n9x0pq",
        ]
        change(&body)
        return APIRequest.post("/api/user/login", .object(body)).signed(TLSRig.secret)
    }

    static func refresh(_ query: String = "rt=\(String(repeating: "0", count: 40))&appid=\(TLSRig.appID)") -> APIRequest
    {
        APIRequest.get("/api/user/refresh?\(query)").signed(TLSRig.secret)
    }

    static func region(appID: String? = TLSRig.appID) -> APIRequest {
        APIRequest.get("/api/user/region?country_code=49" + (appID.map { "&appid=\($0)" } ?? "")).signed(TLSRig.secret)
    }

    func add(_ change: (inout JSONObject) -> Void = { _ in }) -> APIRequest {
        var body: JSONObject = [
            "deviceid": .string(Self.absentDevice), "apikey": .string(Self.deviceKey), "name": "Gate", "isSub": 0,
        ]
        change(&body)
        return .post("/api/user/device/add", token: token, .object(body))
    }

    func addSubDevice(_ id: String = "a480000001", of gateway: String) -> APIRequest {
        add {
            $0["deviceid"] = .string(gateway)
            $0["isSub"] = 1
            $0["subDeviceId"] = .string(id)
        }
    }

    func rename(_ id: String = FaultWorld.ownDevice, _ body: JSON = ["name": "Porch", "group": ""]) -> APIRequest {
        .post("/api/user/device/\(id)", token: token, body)
    }

    func control(_ body: JSON = ["deviceid": "1000a1b2c3", "params": ["switch": "on"]]) -> APIRequest {
        .post("/api/user/device/status", token: token, body)
    }

    func dispatch(_ body: JSON = ["accept": "ws"]) -> APIRequest {
        .post("/dispatch/app", token: token, body)
    }

    func firmwareQuery(
        _ body: JSON = ["deviceInfoList": [["deviceid": "1000a1b2c3", "model": "PSF-B01-GL", "version": "3.0.1"]]]
    ) -> APIRequest {
        .post("/otaother/app", token: token, body)
    }

    /// One good call to each endpoint that needs a token; whether it is dispatch, which has no 406.
    static let bearerCalls = deviceCalls + groupingCalls

    private static let deviceCalls: [(name: String, isDispatch: Bool, request: @Sendable (FaultWorld) -> APIRequest)] =
        [
            ("list", false, { .get("/api/user/device?version=8", token: $0.token) }),
            ("show", false, { .get("/api/user/device/\(ownDevice)", token: $0.token) }),
            ("add", false, { $0.add() }),
            ("rename", false, { $0.rename() }),
            ("delete", false, { .delete("/api/user/device/\(ownDevice)", token: $0.token) }),
            ("status", false, { .get("/api/user/device/status?deviceid=\(ownDevice)", token: $0.token) }),
            ("control", false, { $0.control() }),
            ("firmware query", false, { $0.firmwareQuery() }),
            ("history", false, { .get("/api/user/device/history?deviceid=\(ownDevice)", token: $0.token) }),
            ("change password", false, { $0.changePassword() }),
            ("dispatch", true, { $0.dispatch() }),
            ("dispatch by GET", true, { .get("/dispatch/app", token: $0.token) }),
        ]

    /// One call to each endpoint that reads a body, without it.
    static let bodyCalls = deviceBodies + groupingBodies

    private static let deviceBodies: [(name: String, request: @Sendable (FaultWorld, String) -> APIRequest)] = [
        ("login", { APIRequest.post("/api/user/login", text: $1).signed(TLSRig.secret) }),
        ("sms", { APIRequest.post("/api/sms", text: $1).signed(TLSRig.secret) }),
        ("register", { APIRequest.post("/api/user/register", text: $1).signed(TLSRig.secret) }),
        ("reset", { APIRequest.post("/api/user/password/reset", text: $1).signed(TLSRig.secret) }),
        ("change password", { .post("/api/user/password", token: $0.token, text: $1) }),
        ("add", { .post("/api/user/device/add", token: $0.token, text: $1) }),
        ("rename", { .post("/api/user/device/\(ownDevice)", token: $0.token, text: $1) }),
        ("control", { .post("/api/user/device/status", token: $0.token, text: $1) }),
        ("firmware query", { .post("/otaother/app", token: $0.token, text: $1) }),
        ("dispatch", { .post("/dispatch/app", token: $0.token, text: $1) }),
        ("sensor report", { .post("/api/user/device/update", text: $1) }),
        ("device dispatch", { .post("/dispatch/device", text: $1) }),
    ]
}
