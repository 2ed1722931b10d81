import ArgumentParser
import CoolkitWire
import FoundationEssentials
import SwitchyardSimulator

/// `switchyard simulate`: devices that are not there.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run simulated devices against a server until interrupted.",
        discussion: """
            Each device goes through dispatch, register, date, a full update, the query of its timers, heartbeat, \
            acknowledgement, report and reconnection as real ones do. Kinds by UIID: 1 one channel, 4 four channels, \
            5 power meter, 15 thermo-hygrometer. A device has to be added to an account first (`switchyard device add`).

            The file of --devices has one ID:APIKEY[:UIID] a line; # begins a comment. --count makes up devices, always \
            the same ones; `--list` prints them for `device add`.
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The server, as https://HOST:PORT or http://HOST:PORT.", valueName: "url"))
    var server = "https://127.0.0.1:8080"

    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp(
            "The server's authority, DIR/certificates/ca.pem. Default: those of this machine.",
            valueName: "file"
        )
    )
    var authority: String?

    @Option(
        name: .customLong("device"),
        help: ArgumentHelp(
            "A device, repeatable. Its apikey is visible to users of this machine.",
            valueName: "id:apikey[:uiid]"
        )
    )
    var devices: [String] = []

    @Option(
        name: .customLong("devices"),
        help: ArgumentHelp("A file of devices, or - for standard input.", valueName: "file")
    )
    var devicesFile: String?

    @Option(help: ArgumentHelp("How many made-up one-channel devices to run.", valueName: "n"))
    var count: Int?

    @Flag(help: "Print the devices as ID:APIKEY:UIID and end.")
    var list = false

    func validate() throws {
        guard !devices.isEmpty || devicesFile != nil || count != nil else {
            throw ValidationError("Give --device ID:APIKEY[:UIID], --devices FILE or --count N.")
        }
    }

    func run() async throws {
        do {
            let plan = try plan()
            if list {
                for device in plan.devices {
                    Terminal.print("\(device.deviceID):\(device.factoryKey):\(device.kind.uiid)")
                }
                return
            }
            let trust = authority.map { ServerTrust.authorities(file: $0) } ?? .system
            let simulation = Simulation(plan: plan, server: try ServerAddress(url: server), trust: trust)
            let format = output.output
            let refused = try await simulation.run { identity, event in
                Terminal.print(Self.line(identity.deviceID, event, format))
            }
            guard refused == 0 else { throw CommandFailure.refused("\(refused) device(s) were refused by the server") }
        } catch let error as SimulatorError {
            throw CommandFailure.local(error.message)
        }
    }

    private func plan() throws -> SimulationPlan {
        var plan = SimulationPlan()
        for device in devices { try plan.add(device: device) }
        if let devicesFile { try plan.add(file: try Self.text(of: devicesFile), named: devicesFile) }
        if let count { try plan.add(count: count, seed: 0) }
        return plan
    }

    private static func text(of path: String) throws(CommandFailure) -> String {
        guard path != "-" else {
            var text = ""
            while let line = readLine(strippingNewline: false) { text += line }
            return text
        }
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else { throw .local("\(path) cannot be read as text") }
        return text
    }

    /// A line for people, or a JSON object.
    private static func line(_ id: DeviceID, _ event: SimulatedDeviceEvent, _ format: OutputFormat) -> String {
        switch format {
        case .text: "\(id)  \(event)"
        case .json: JSON.object(["device": JSON(id.rawValue), "event": JSON(event.name), "detail": event.detail]).text
        }
    }
}

extension SimulatedDeviceEvent {
    fileprivate var name: String {
        switch self {
        case .connecting: "connecting"
        case .online: "online"
        case .command: "command"
        case .report: "report"
        case .answeredWithError: "error"
        case .refused: "refused"
        case .disconnected: "disconnected"
        }
    }

    fileprivate var detail: JSON {
        switch self {
        case .connecting, .online: .null
        case .command(let params), .report(let params): JSON(params)
        case .answeredWithError(let code), .refused(let code): JSON(code)
        case .disconnected(let reason, _): JSON(reason)
        }
    }
}
