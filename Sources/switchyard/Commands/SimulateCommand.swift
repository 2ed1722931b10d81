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
            acknowledgement, report and reconnection as real ones do, runs its timers and takes upgrades. `--list` alone \
            prints the kinds, by UIID. A device has to be added to an account first (`switchyard device add`).

            The file of --devices has one ID:APIKEY[:UIID] a line; # begins a comment. 66+1770+2026 as UIID is a gateway \
            with these sub-devices. --count makes up devices, always the same ones for a --seed; with `--list` they are \
            printed for `device add`.

            Faults: drop (loses the connection in the middle of a command), slow (answers late: delay, in seconds), \
            noack (hangs), badjson (sends half messages), flap (comes and goes: up and down, in seconds). All but flap \
            strike with probability p: `--fault slow:p=0.2,delay=10`.
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

    @Option(help: ArgumentHelp("How many made-up devices to run.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("The kind of the made-up devices.", valueName: "uiid"))
    var uiid = 1

    @Option(help: ArgumentHelp("What made-up devices, weather and faults follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: "The firmware of all devices. Default: that of their kind.")
    var firmware: DeviceFirmware?

    @Option(help: ArgumentHelp("How often sensors and meters read, in seconds, 1 to 3600.", valueName: "seconds"))
    var interval = 30

    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp("What goes wrong, repeatable.", valueName: "name[:key=value,…]")
    )
    var faults: [String] = []

    @Flag(help: "Print the devices as ID:APIKEY:UIID and end; without devices, print the kinds.")
    var list = false

    func validate() throws {
        guard list || hasDevices else {
            throw ValidationError("Give --device ID:APIKEY[:UIID], --devices FILE or --count N, or --list.")
        }
        guard SimulatedDeviceKind(uiid: uiid) != nil else { throw ValidationError("\(uiid) is no known uiid.") }
        guard (1...3_600).contains(interval) else { throw ValidationError("--interval is 1 to 3600 seconds.") }
        do throws(SimulatorError) {
            _ = try parsedFaults()
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        guard !list || hasDevices else { return output.print(Self.kinds) { Self.table(of: $0) } }
        do {
            let plan = try plan()
            guard !list else {
                for device in plan.devices { Terminal.print(device.specification) }
                return
            }
            let trust = authority.map { ServerTrust.authorities(file: $0) } ?? .system
            var simulation = Simulation(plan: plan, server: try ServerAddress(url: server), trust: trust)
            simulation.settings = try settings()
            let format = output.output
            let refused = try await simulation.run { identity, event in
                Terminal.print(Self.line(identity.deviceID, event, format))
            }
            guard refused == 0 else { throw CommandFailure.refused("\(refused) device(s) were refused by the server") }
        } catch let error as SimulatorError {
            throw CommandFailure.local(error.message)
        }
    }

    private var hasDevices: Bool { !devices.isEmpty || devicesFile != nil || count != nil }

    private func parsedFaults() throws(SimulatorError) -> [DeviceFault] {
        var parsed: [DeviceFault] = []
        for text in faults { parsed.append(try DeviceFault(text)) }
        return parsed
    }

    private func settings() throws(SimulatorError) -> DeviceSettings {
        var settings = DeviceSettings()
        settings.firmware = firmware
        settings.faults = try parsedFaults()
        settings.seed = seed
        settings.readingInterval = .seconds(interval)
        return settings
    }

    private func plan() throws -> SimulationPlan {
        var plan = SimulationPlan()
        for device in devices { try plan.add(device: device) }
        if let devicesFile { try plan.add(file: try Self.text(of: devicesFile), named: devicesFile) }
        if let count { try plan.add(count: count, seed: seed, kind: SimulatedDeviceKind(uiid: uiid) ?? .singleSwitch) }
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

    // MARK: Output

    /// A line for people, or a JSON object.
    private static func line(_ id: DeviceID, _ event: SimulatedDeviceEvent, _ format: OutputFormat) -> String {
        switch format {
        case .text: return "\(id)  \(event)"
        case .json:
            var object: JSONObject = [
                "device": JSON(id.rawValue), "event": JSON(event.name), "detail": event.detail,
            ]
            if let subDevice = event.subDevice { object["subDevice"] = JSON(subDevice.rawValue) }
            return JSON.object(object).text
        }
    }

    /// All kinds, for programs.
    private static var kinds: JSON {
        let kinds = DeviceCatalogue.families.map { family -> JSON in
            [
                "uiid": JSON(family.uiid), "name": JSON(family.name), "group": JSON(family.group.rawValue),
                "model": JSON(family.model), "firmware": JSON(family.firmware.rawValue),
                "subDevices": JSON(family.subDevices.map { JSON($0) }),
            ]
        }
        return ["kinds": JSON(kinds)]
    }

    private static func table(of kinds: JSON) -> String {
        TextTable(
            columns: [
                ("UIID", "uiid"), ("KIND", "name"), ("GROUP", "group"), ("MODEL", "model"), ("FIRMWARE", "firmware"),
                ("SUB-DEVICES", "subDevices"),
            ],
            rows: kinds["kinds"]?.arrayValue ?? []
        )
        .text(empty: "")
    }
}

extension DeviceFirmware: ExpressibleByArgument {}
