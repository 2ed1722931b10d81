import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator

/// `serve --demo`: an account, an app id and one simulated switch, and the six steps of an app against this very server.
///
/// The credentials are random, made once per data folder. Everything goes through the real TLS socket; only the making of account
/// and app id is done from inside.
struct Demo {
    let credentials: DemoCredentials
    let server: ServerAddress
    let trust: ServerTrust

    /// Prepares what the demo needs in a server that is ready.
    init(in server: Switchyard) async throws {
        guard let port = try await server.port(of: .publicTLS) else {
            throw CommandFailure.local("the demo needs the public listener")
        }
        credentials = try await DemoCredentials.prepare(in: server)
        self.server = ServerAddress(host: "localhost", port: port)
        trust = .authorities(file: server.configuration.dataDirectory.certificates + "/ca.pem")
    }

    /// Runs the switch until cancelled; shows the six steps once it is online.
    func run(data: DataDirectory) async throws {
        try await DeviceNetwork.with(server: server, trust: trust) { network in
            let device = SimulatedDevice(
                SimulatedDeviceIdentity(deviceID: credentials.deviceID, factoryKey: credentials.deviceKey),
                network: network
            )
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await device.run() }
                try await device.waitUntilOnline(within: .seconds(30))
                Terminal.print("Demo credentials are in use: for trying out, not for keeping.")
                try await showSteps()
                DemoInstructions(credentials: credentials, server: server, data: data).print()
            }
        }
    }

    // MARK: The six steps

    private func showSteps() async throws {
        let app = AppCredentials(
            appID: credentials.appID,
            appSecret: credentials.appSecret,
            account: credentials.email,
            password: credentials.password
        )
        try await withSimulatedApp(server: server, trust: trust, credentials: app) { app in
            try await step(1, "log in") { "account \(credentials.email), apikey \(try await app.logIn().apiKey)" }
            try await step(2, "list devices") {
                try await app.devices().map { device in
                    "\(device["deviceid"]?.stringValue ?? "?") is \(device["online"] == true ? "online" : "offline")"
                }.joined(separator: ", ")
            }
            try await step(3, "ask dispatch") { "the hub is at \(try await app.dispatch())" }
            try await step(4, "open the WebSocket") {
                try await app.connect()
                return "connected"
            }
            try await step(5, "shake hands") {
                JSON.object(try await app.handshake()["config"]?.objectValue ?? [:]).text
            }
            try await step(6, "switch the device") { try await switchOnAndOff(through: app) }
        }
        Terminal.print("six steps ok")
    }

    private func switchOnAndOff(through app: SimulatedApp) async throws -> String {
        for value in ["on", "off"] {
            let answer = try await app.update(credentials.deviceID, params: ["switch": .string(value)])
            guard answer["error"]?.intValue == 0 else {
                throw CommandFailure.refused("the switch answered \(JSON.object(answer).text)")
            }
            let state = try await app.query(credentials.deviceID, names: ["switch"])
            guard state["params"]?.objectValue?["switch"]?.stringValue == value else {
                throw CommandFailure.refused("the switch is not \(value): \(JSON.object(state).text)")
            }
        }
        return "on and off, acknowledged by the device and read back"
    }

    private func step(_ number: Int, _ name: String, _ act: () async throws -> String) async throws {
        Terminal.print("step \(number), \(name): \(try await act())")
    }
}
