import CoolkitWire
import SwitchyardSimulator
import Testing

@Suite struct SimulationPlanTests {
    static let key = "d0d0d0d0-1111-4222-8333-444455550001"

    @Test(
        "A device is written ID:APIKEY, with UIID or without",
        arguments: [
            ("1000a1b2c3:\(key)", SimulatedDeviceKind.singleSwitch),
            ("1000a1b2c3:\(key):1", .singleSwitch),
            ("1000a1b2c3:\(key):4", .fourChannelSwitch),
            ("1000a1b2c3:\(key):5", .powerMeter),
            (" 1000a1b2c3 : \(key) : 15 ", .thermoHygrometer),
        ]
    )
    func device(text: String, kind: SimulatedDeviceKind) throws {
        var plan = SimulationPlan()

        try plan.add(device: text)

        #expect(plan.devices.map(\.deviceID.rawValue) == ["1000a1b2c3"])
        #expect(plan.devices.map(\.factoryKey.rawValue) == [Self.key])
        #expect(plan.devices.map(\.kind) == [kind])
    }

    @Test(
        "What is no device is refused with a message that does not repeat the key",
        arguments: [
            ("", "a device is written ID:APIKEY or ID:APIKEY:UIID"),
            ("1000a1b2c3", "a device is written ID:APIKEY or ID:APIKEY:UIID"),
            ("1000a1b2c3:secret:1:2", "a device is written ID:APIKEY or ID:APIKEY:UIID"),
            (":secret", "'' is no deviceid"),
            ("10 00:secret", "'10 00' is no deviceid"),
            ("1000a1b2c3:", "the apikey of device 1000a1b2c3 is not valid"),
            ("1000a1b2c3:sec\"ret", "the apikey of device 1000a1b2c3 is not valid"),
            ("1000a1b2c3:secret:5000", "uiid '5000' of device 1000a1b2c3 is not known: simulate --list prints all"),
            ("1000a1b2c3:secret:x", "uiid 'x' of device 1000a1b2c3 is not known: simulate --list prints all"),
            ("1000a1b2c3:secret:66+", "uiid '' of device 1000a1b2c3 is not known: simulate --list prints all"),
            ("1000a1b2c3:secret:1+1770", "uiid 1 of device 1000a1b2c3 is no gateway"),
            (
                "1000a1b2c3:secret:66" + String(repeating: "+1770", count: 33),
                "device 1000a1b2c3 has more than 32 sub-devices"
            ),
        ]
    )
    func badDevice(text: String, message: String) {
        var plan = SimulationPlan()

        #expect(throws: SimulatorError(.invalidInput, message)) { try plan.add(device: text) }
        #expect(plan.devices.isEmpty)
    }

    @Test("A gateway is written with its sub-devices, and without them has its usual ones")
    func gateway() throws {
        var plan = SimulationPlan()

        try plan.add(device: "1000a1b2c3:\(Self.key):66+1770+2026")
        try plan.add(device: "1000a1b2c4:\(Self.key):66")

        #expect(plan.devices[0].subDevices.map(\.uiid) == [1770, 2026])
        #expect(plan.devices[1].subDevices.map(\.uiid) == plan.devices[1].kind.family.subDevices)
        #expect(
            plan.devices.map(\.specification) == [
                "1000a1b2c3:\(Self.key):66+1770+2026", "1000a1b2c4:\(Self.key):66",
            ]
        )
    }

    @Test("A file has one device a line, with comments and empty lines between")
    func file() throws {
        var plan = SimulationPlan()

        try plan.add(
            file: "# the hall\n1000000001:a\r\n\n  1000000002:b:4 # four lamps\n\t\n1000000003:c:15",
            named: "devices.txt"
        )

        #expect(plan.devices.map(\.deviceID.rawValue) == ["1000000001", "1000000002", "1000000003"])
        #expect(plan.devices.map(\.kind) == [.singleSwitch, .fourChannelSwitch, .thermoHygrometer])
    }

    @Test("A fault in a file is named with its line")
    func badFile() {
        var plan = SimulationPlan()

        #expect(
            throws: SimulatorError(
                .invalidInput,
                "devices.txt, line 3: a device is written ID:APIKEY or ID:APIKEY:UIID"
            )
        ) {
            try plan.add(file: "1000000001:a\n\n1000000002\n", named: "devices.txt")
        }
    }

    @Test("No deviceid may stand twice")
    func twice() throws {
        var plan = SimulationPlan()
        try plan.add(device: "1000000001:a")

        #expect(throws: SimulatorError(.invalidInput, "device 1000000001 stands twice in the plan")) {
            try plan.add(device: "1000000001:b")
        }
    }

    @Test("Made-up devices are valid, all different, and the same for the same seed")
    func generated() throws {
        var plan = SimulationPlan()
        var more = SimulationPlan()
        var other = SimulationPlan()

        try plan.add(count: 1_000, seed: 7)
        try more.add(count: 1_001, seed: 7)
        try other.add(count: 1_000, seed: 8)

        let identifier = /1000[0-9a-f]{6}/
        let uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(try plan.devices.allSatisfy { try identifier.wholeMatch(in: $0.deviceID.rawValue) != nil })
        #expect(try plan.devices.allSatisfy { try uuid.wholeMatch(in: $0.factoryKey.rawValue) != nil })
        #expect(Set(plan.devices.map(\.deviceID)).count == 1_000)
        #expect(Set(plan.devices.map(\.factoryKey)).count == 1_000)
        #expect(Array(more.devices.prefix(1_000)) == plan.devices)
        #expect(other.devices != plan.devices)
    }

    @Test("The number of made-up devices has limits", arguments: [-1, 0, 100_001])
    func count(number: Int) {
        var plan = SimulationPlan()

        #expect(
            throws: SimulatorError(.invalidInput, "the number of devices is 1 to 100000, not \(number)")
        ) { try plan.add(count: number, seed: 1) }
    }
}
