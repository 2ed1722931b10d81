import CoolkitWire
import NIOCore
import SwitchyardSimulator
import TestSupport

/// An account, an app id and a device that a test has made through the command line.
struct Cast: Sendable {
    static let deviceID = DeviceID(unchecked: "1000a1b2c3")
    static let deviceKey = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455550001")
    static let email = "ann@example.org"
    static let password = "correct-horse-battery"

    let credentials: AppCredentials

    /// Makes them in a server.
    init(in server: RunningServer) async throws {
        let application = try await server.json("app", "add", "--name", "test")
        guard let appID = application["id"]?.stringValue.flatMap({ AppID($0) }),
            let secret = application["secret"]?.stringValue
        else { throw TestFailure("app add answered \(application.text)") }
        _ = try await server.json("account", "add", Self.email, "--password-file", "-", input: Self.password)
        credentials = AppCredentials(appID: appID, appSecret: secret, account: Self.email, password: Self.password)
        try await Self.addDevice(to: server)
    }

    private init(credentials: AppCredentials) { self.credentials = credentials }

    /// The same app with another account, which is made.
    func withAnotherAccount(_ email: String, in server: RunningServer) async throws -> Cast {
        _ = try await server.json("account", "add", email, "--password-file", "-", input: Self.password)
        var credentials = credentials
        credentials.account = email
        return Cast(credentials: credentials)
    }

    private static func addDevice(to server: RunningServer) async throws {
        _ = try await server.json(
            "device",
            "add",
            deviceID.rawValue,
            "--apikey-file",
            "-",
            "--account",
            email,
            "--name",
            "Hall lamp",
            input: deviceKey.rawValue
        )
    }
}

extension RunningServer {
    /// How long a call may take: a log-in hashes for seconds where the machine has much else to do, and waits for others.
    private static let callLimit = TimeAmount.minutes(2)

    /// Runs `body` with an app that has done nothing yet.
    func withApp<Value>(_ cast: Cast, _ body: (SimulatedApp) async throws -> Value) async throws -> Value {
        try await withSimulatedApp(
            server: address(),
            trust: trust,
            credentials: cast.credentials,
            callLimit: Self.callLimit,
            body
        )
    }

    /// Runs `body` with a `switchyard simulate` of its own process, its devices, one a line, online.
    func withSimulator<Value>(
        _ devices: String = "\(Cast.deviceID):\(Cast.deviceKey)",
        options: [String] = [],
        _ body: (ChildProcess) async throws -> Value
    ) async throws -> Value {
        let launch = ChildProcess.Launch(
            program: try BuildFolder.switchyard.get(),
            arguments: [
                "simulate", "--server", "\(try address())", "--ca", authorityFile, "--devices", "-", "--output", "json",
            ] + options,
            input: devices + "\n"
        )
        return try await ChildProcess.with(launch) { process in
            for _ in devices.split(separator: "\n") {
                _ = try await process.output.next("that a device is online") { $0.contains(#""event":"online""#) }
            }
            return try await body(process)
        }
    }

    /// Runs `body` with a device that has registered; it answers nothing by itself.
    func withRawDevice<Value>(
        _ id: DeviceID = Cast.deviceID,
        key: APIKey = Cast.deviceKey,
        through listener: String = "public",
        _ body: (RawDevice) async throws -> Value
    ) async throws -> Value {
        let client = try WebSocketClient(address: address(listener), trust: listener == "public" ? trust : .anybody)
        return try await client.withConnection { conversation in
            try await body(RawDevice(id, key: key, conversation))
        }
    }
}

/// A device that says what it is told to say.
struct RawDevice: Sendable {
    let id: DeviceID
    let conversation: WebSocketConversation
    private let owner: String

    /// Registers.
    init(_ id: DeviceID, key: APIKey, _ conversation: WebSocketConversation) async throws {
        self.id = id
        self.conversation = conversation
        let register: JSON = [
            "action": "register", "userAgent": "device", "version": 8, "ts": 42, "deviceid": JSON(id.rawValue),
            "apikey": JSON(key.rawValue), "model": "PSA-B01-GL", "romVersion": "3.5.0",
        ]
        try await conversation.send(register.text)
        let answer = try JSON(parsing: await conversation.nextText())
        guard answer["error"] == 0, let owner = answer["apikey"]?.stringValue else {
            throw TestFailure("register was answered with \(answer.text)")
        }
        self.owner = owner
    }

    /// Sends a report, without waiting for its answer.
    func report(_ params: JSON) async throws {
        let update: JSON = [
            "action": "update", "userAgent": "device", "apikey": JSON(owner), "deviceid": JSON(id.rawValue),
            "params": params,
        ]
        try await conversation.send(update.text)
    }

    /// Sends a list of sub-devices, without waiting for its answer.
    func list(_ subDevices: [JSON]) async throws {
        let report: JSON = [
            "action": "reportSubDevice", "userAgent": "device", "apikey": JSON(owner), "deviceid": JSON(id.rawValue),
            "params": ["subDevices": .array(subDevices)],
        ]
        try await conversation.send(report.text)
    }

    /// The next answer; commands and other messages before it are passed over.
    func answer(within limit: Duration = ChildProcess.patience) async throws -> JSON {
        while true {
            let message = try JSON(parsing: await conversation.nextText(within: limit))
            if message["action"] == nil { return message }
        }
    }
}
