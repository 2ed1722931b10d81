import CoolkitWire
import NIOCore
import SwitchyardCore
import Testing

/// Source of the rules: `coolkit-websocket.md` §4.
@Suite("Register")
struct DeviceRegistrationTests {
    private let registry = DeviceRegistry()

    private func decide(
        key: APIKey = .factory,
        version: Int? = 8,
        chipID: String? = nil,
        strictChipID: Bool = false
    ) -> String {
        let registration = DeviceRegistration(id: .sample, factoryKey: key, version: version, chipID: chipID)
        return switch registry.decide(registration, strictChipID: strictChipID) {
        case .accepted(let device): device.id == .sample ? "accepted" : "accepted another"
        case .refused: "refused"
        case .deleted(let timesTold): "deleted \(timesTold)"
        case .forgotten: "forgotten"
        case .unknown: "unknown"
        }
    }

    private func delete(timesTold: Int = 0) {
        registry.remove(
            .sample,
            leaving: .sample(timesTold: timesTold)
        )
    }

    @Test(
        "The factory key decides",
        arguments: [
            (APIKey.factory, "accepted"), (Account.owner.apiKey, "refused"), (APIKey(unchecked: "x"), "refused"),
            (APIKey(unchecked: APIKey.factory.rawValue + "0"), "refused"),
        ]
    )
    func checksKey(key: APIKey, decision: String) throws {
        registry.insert(try LiveDevice.sample())

        #expect(decide(key: key) == decision)
        #expect(decide(key: key, version: nil) == decision)
    }

    @Test(
        "A chipid must match the one that is known; whether it may be missing is a setting",
        arguments: [
            ("", nil, 8, false, "accepted"), ("", "C1", 8, true, "accepted"), ("C1", "C1", 8, true, "accepted"),
            ("C1", "C2", 8, false, "refused"), ("C1", "C2", 2, false, "refused"), ("C1", nil, 8, false, "accepted"),
            ("C1", nil, 8, true, "refused"), ("C1", nil, 7, true, "accepted"), ("C1", nil, nil, true, "accepted"),
            ("", nil, 8, true, "refused"),
        ] as [(String, String?, Int?, Bool, String)]
    )
    func checksChipID(known: String, sent: String?, version: Int?, isStrict: Bool, decision: String) throws {
        registry.insert(try LiveDevice.sample(.sample(facts: DeviceFacts(uiid: 1, chipID: known))))

        #expect(decide(version: version, chipID: sent, strictChipID: isStrict) == decision)
    }

    @Test("A deleted device hears it three times, then is forgotten; adding it begins anew")
    func tellsDeleted() throws {
        registry.insert(try LiveDevice.sample())
        delete()

        #expect((0..<5).map { _ in decide() } == ["deleted 1", "deleted 2", "deleted 3", "forgotten", "forgotten"])

        registry.insert(try LiveDevice.sample())
        #expect(decide() == "accepted")
        delete()
        #expect(decide() == "deleted 1")
    }

    @Test("Firmware before version 7 does not understand that it was deleted", arguments: [nil, 0, 2, 6])
    func forgetsOldFirmware(version: Int?) {
        delete()

        #expect(decide(version: version) == "forgotten")
        #expect(decide(version: 7) == "deleted 1")
    }

    @Test("With a wrong key a deleted device is as unknown as any other, and nothing is counted")
    func hidesDeleted() {
        #expect(decide() == "unknown")
        delete()

        #expect(decide(key: APIKey(unchecked: "x")) == "unknown")
        #expect(registry.deletedDevice(.sample)?.timesTold == 0)
    }

    @Test("A restart keeps count")
    func restoresCount() {
        registry.restoreDeleted([
            .sample(timesTold: 2)
        ])

        #expect(decide() == "deleted 3")
        #expect(decide() == "forgotten")
    }

    @Test("Many registers at once are told three times together, and never a fourth")
    func tellsAtOnce() async {
        delete()

        let decisions = await withTaskGroup(of: String.self) { group in
            for _ in 0..<200 { group.addTask { decide() } }
            return await group.reduce(into: []) { $0.append($1) }
        }

        #expect(decisions.filter { $0 != "forgotten" }.sorted() == ["deleted 1", "deleted 2", "deleted 3"])
        #expect(registry.deletedDevice(.sample)?.timesTold == 3)
    }

    // MARK: Facts

    @Test("A device teaches what it says of itself, once")
    func learns() throws {
        let device = try LiveDevice.sample()
        let registration = DeviceRegistration(
            id: .sample,
            factoryKey: .factory,
            version: 8,
            mac: "d0:27:00:00:00:01",
            chipID: "C1",
            model: "PSF-B04-GL",
            romVersion: "3.5.0"
        )

        #expect(device.learn(from: registration))
        #expect(!device.learn(from: registration))

        let facts = DeviceFacts(
            uiid: 4,
            model: "PSF-B04-GL",
            mac: "d0:27:00:00:00:01",
            chipID: "C1",
            romVersion: "3.5.0"
        )
        #expect(device.device.facts == facts)
        let silent = DeviceRegistration(
            id: .sample,
            factoryKey: .factory,
            version: 8,
            mac: "",
            model: "",
            romVersion: ""
        )
        #expect(!device.learn(from: silent))
        #expect(device.device.facts == facts)
    }

    @Test(
        "A model of the list decides on the uiid, the first report where there is none; a choice stands against both",
        arguments: [
            ("PSF-B04-GL", #"{"power":"1"}"#, false, 4), ("XYZ-1", #"{"power":"1"}"#, false, 32),
            (nil, #"{"switches":[{"outlet":0},{"outlet":1},{"outlet":2}]}"#, false, 3), (nil, "{}", false, 1),
            ("XYZ-1", #"{"switch":"on"}"#, false, 1), ("ITA-GZ1-GL", #"{"power":"1"}"#, false, 1),
            ("PSF-B04-GL", #"{"power":"1"}"#, true, 1), (nil, #"{"power":"1"}"#, true, 1),
        ] as [(String?, String, Bool, Int)]
    )
    func guessesInterface(model: String?, report: String, isChosen: Bool, uiid: Int) throws {
        var sample = Device.sample()
        sample.isInterfaceChosen = isChosen
        let device = try LiveDevice.sample(sample)

        _ = device.learn(from: DeviceRegistration(id: .sample, factoryKey: .factory, version: 8, model: model))
        _ = try device.merge(ByteBuffer(string: report))
        // A later report is not the first one.
        _ = try device.merge(ByteBuffer(string: #"{"rfList":[]}"#))

        #expect(device.device.facts.uiid == (report == "{}" && !isChosen ? 28 : uiid))
    }

    @Test("The operator's word on the uiid stands; a chipid that is known is not replaced")
    func keepsKnownFacts() throws {
        let device = try LiveDevice.sample(.sample(facts: DeviceFacts(uiid: 1, chipID: "C1"), addedUnder: nil))

        _ = device.learn(
            from: DeviceRegistration(id: .sample, factoryKey: .factory, version: 8, chipID: "C2", model: "PSF-B04-GL")
        )

        #expect(device.device.facts.uiid == 1)
        #expect(device.device.facts.chipID == "C1")
        #expect(device.device.facts.model == "PSF-B04-GL")
    }
}
