import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("Upgrades")
struct UpgradeServiceTests {
    private typealias Order = UpgradeService.Order

    private func sign(_ timestamp: String, key: APIKey = .factory) -> String {
        DeviceDigest.download(deviceID: .sample, timestamp: timestamp, apiKey: key)
    }

    // MARK: The operator's

    @Test("The message has the model, the version and both images, each address followed by another text")
    func message() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            let link = RecordingLink()
            _ = rig.device.attach(link, address: "", at: sampleTime)

            let (sent, _) = try rig.upgrades.start(Order(device: .sample, isThrottled: true))

            let command = try #require(link.commands.first)
            let digest = FirmwareRig.digest(of: FirmwareRig.image(4_000))
            let address = "http://192.0.2.2:8088/ota/rom/\(release.key)"
            #expect(sent == release)
            #expect(command.kind == .upgrade(throttled: true))
            #expect(command.deadline == rig.clocks.monotonic.now.advanced(by: .seconds(30)))
            #expect(
                String(buffer: command.params) == """
                    {"model":"PSF-B01-GL","version":"3.3.0","binList":[\
                    {"downloadUrl":"\(address)/user1.bin","digest":"\(digest)","name":"user1.bin"},\
                    {"downloadUrl":"\(address)/user2.bin","digest":"\(digest)","name":"user2.bin"}]}
                    """
            )
            let frame = DeviceFrames.upgrade(
                deviceID: .sample,
                ownerAPIKey: Account.owner.apiKey,
                sequence: SequenceText(1_700_000_320_000),
                params: command.params
            )
            // Header and payload. Source: coolkit-websocket.md §12.
            #expect(frame.readableBytes + 4 <= 768)
        }
    }

    @Test("Firmware of another model is refused unless forced, and so is that for a device that has told none")
    func models() async throws {
        try await withFirmwareRig { rig in
            _ = rig.device.attach(RecordingLink(), address: "", at: sampleTime)
            try await rig.addRelease(model: "OTHER")
            await expect(.notFound) { _ = try rig.upgrades.start(Order(device: .sample)) }
            await expect(.invalidInput) { _ = try rig.upgrades.start(Order(device: .sample, model: "OTHER")) }
            #expect(try rig.upgrades.start(Order(device: .sample, model: "OTHER", force: true)).0.model == "OTHER")
        }
        try await withFirmwareRig(facts: DeviceFacts(uiid: 1)) { rig in
            _ = rig.device.attach(RecordingLink(), address: "", at: sampleTime)
            try await rig.addRelease()
            await expect(.invalidInput) { _ = try rig.upgrades.start(Order(device: .sample)) }
            await expect(.invalidInput) { _ = try rig.upgrades.start(Order(device: .sample, model: FirmwareRig.model)) }
            _ = try rig.upgrades.start(Order(device: .sample, model: FirmwareRig.model, force: true))
        }
    }

    @Test("Without a way to download nothing is sent, and apps hear of no update")
    func unreachable() async throws {
        try await withFirmwareRig(port: nil) { rig in
            let link = RecordingLink()
            _ = rig.device.attach(link, address: "", at: sampleTime)
            let release = try await rig.addRelease()

            #expect(rig.upgrades.obstacle(to: release)?.contains("listeners.ota") == true)
            await expect(.invalidInput) { _ = try rig.upgrades.start(Order(device: .sample)) }
            #expect(rig.upgrades.tracker.progress(of: .sample) == nil)
            let query = UpgradeService.Query(device: .sample, model: FirmwareRig.model, version: "1")
            #expect(rig.upgrades.update(query, for: Account.owner.id, through: "192.0.2.2") == nil)
            #expect(link.commands.isEmpty)
        }
    }

    @Test("An upgrade that is under way is not started again; an offline device hears of none")
    func once() async throws {
        try await withFirmwareRig { rig in
            try await rig.addRelease()
            await expect(.deviceOffline) { _ = try rig.upgrades.start(Order(device: .sample)) }
            #expect(rig.upgrades.tracker.progress(of: .sample) == nil)

            let link = RecordingLink()
            _ = rig.device.attach(link, address: "", at: sampleTime)
            let (_, outcomes) = try rig.upgrades.start(Order(device: .sample))
            let command = try #require(link.takeCommands().first)
            rig.upgrades.tracker.commandSent(command)
            await expect(.alreadyExists) { _ = try rig.upgrades.start(Order(device: .sample)) }
            command.finish(.refused(deviceError: 404))
            var ends: [String] = []
            for await outcome in outcomes { ends.append(outcome.name) }

            #expect(ends == ["refused 404"])
            #expect(rig.events.take() == [.sent, .refused(deviceError: 404)])
            _ = try rig.upgrades.start(Order(device: .sample))
            #expect(link.commands.count == 1)
        }
    }

    @Test("A written upgrade is not written to another session; one that was not is, once")
    func resending() async throws {
        try await withFirmwareRig { rig in
            try await rig.addRelease()
            let link = RecordingLink()
            _ = rig.device.attach(link, address: "", at: sampleTime)
            _ = try rig.upgrades.start(Order(device: .sample))
            let command = try #require(link.takeCommands().first)
            let now = rig.clocks.monotonic.now

            rig.device.commandLost(command, wasWritten: false, within: .seconds(3), at: now)
            let again = try #require(link.takeCommands().first)
            rig.device.commandLost(again, wasWritten: false, within: .seconds(3), at: now)
            rig.device.commandLost(command, wasWritten: true, within: .seconds(3), at: now)

            #expect(link.commands.isEmpty)
        }
    }

    // MARK: Progress

    @Test("Each step is told: sent, acknowledged, the download in quarters, the new version")
    func steps() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            let image = release.images[1]
            let tracker = rig.upgrades.tracker
            let command = try start(rig)
            command.finish(.acknowledged(DeviceAck()))
            #expect(tracker.progress(of: .sample)?.step == .acknowledged)
            for bytes in stride(from: 500, through: 4_000, by: 500) {
                tracker.served(image, of: release, upTo: bytes, to: .sample)
            }
            tracker.served(image, of: release, upTo: 4_000, to: .sample)
            report(#"{"switch":"on"}"#, to: rig)
            report(#"{"fwVersion":"3.3.0"}"#, to: rig)
            report(#"{"fwVersion":"3.3.0"}"#, to: rig)

            #expect(
                rig.events.take() == [
                    .sent, .acknowledged, .downloadBegan(image: "user2.bin"),
                    .downloading(image: "user2.bin", bytes: 1_000, of: 4_000),
                    .downloading(image: "user2.bin", bytes: 2_000, of: 4_000),
                    .downloading(image: "user2.bin", bytes: 3_000, of: 4_000),
                    .downloaded(image: "user2.bin", bytes: 4_000), .completed,
                ]
            )
            #expect(tracker.progress(of: .sample) == nil)
        }
    }

    @Test("An upgrade ends when the device reports the old version after its download, and when nothing happens")
    func failures() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            _ = try start(rig)
            report(#"{"fwVersion":"3.0.0"}"#, to: rig)
            rig.upgrades.tracker.served(release.images[0], of: release, upTo: 4_000, to: .sample)
            report(#"{"fwVersion":"3.0.0"}"#, to: rig)
            #expect(rig.events.take().last == .gaveUp(reason: "after the download it reports version 3.0.0"))

            let command = try start(rig)
            command.finish(.timedOut)
            rig.clocks.advance(by: UpgradeTracker.patience - .seconds(1))
            await rig.keeping.tidy()
            #expect(rig.events.take() == [.sent, .unanswered])
            rig.clocks.advance(by: .seconds(1))
            await rig.keeping.tidy()
            #expect(rig.events.take() == [.gaveUp(reason: "nothing has happened for 15 minutes")])
            #expect(rig.upgrades.tracker.progress(of: .sample) == nil)
        }
    }

    @Test("Once the device downloads, a missing acknowledgement says nothing, and a late one does not set it back")
    func lateAnswers() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            for outcome in [CommandOutcome.timedOut, .acknowledged(DeviceAck()), .refused(deviceError: 404)] {
                let command = try start(rig)
                rig.upgrades.tracker.served(release.images[0], of: release, upTo: 100, to: .sample)
                command.finish(outcome)
                let isOver = outcome.name == "refused 404"
                #expect(
                    rig.upgrades.tracker.progress(of: .sample)?.step
                        == (isOver ? nil : .downloadBegan(image: "user1.bin"))
                )
                report(#"{"fwVersion":"3.3.0"}"#, to: rig)
            }

            let began: [UpgradeStep] = [.sent, .downloadBegan(image: "user1.bin")]
            #expect(
                rig.events.take()
                    == began + [.completed] + began + [.acknowledged, .completed] + began + [.refused(deviceError: 404)]
            )
        }
    }

    private func start(_ rig: FirmwareRig) throws -> DeviceCommand {
        let link = RecordingLink()
        _ = rig.device.attach(link, address: "", at: sampleTime)
        _ = try rig.upgrades.start(Order(device: .sample))
        let command = try #require(link.takeCommands().first)
        rig.upgrades.tracker.commandSent(command)
        return command
    }

    private func report(_ params: String, to rig: FirmwareRig) {
        rig.bus.publish(
            .stateChanged(
                StateChange(
                    of: rig.device,
                    params: ByteBuffer(string: params),
                    source: .device(deviceSequence: nil, seq: nil)
                )
            )
        )
    }

    // MARK: Apps and downloads

    @Test("An app hears of a newer firmware for its own device of that model alone")
    func queries() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            func update(
                _ device: DeviceID = .sample,
                model: String = FirmwareRig.model,
                version: String = "3.0.1",
                account: Account = .owner
            ) -> FirmwareRelease? {
                let query = UpgradeService.Query(device: device, model: model, version: version)
                return rig.upgrades.update(query, for: account.id, through: "192.0.2.9")?.release
            }

            #expect(update() == release)
            #expect(update(model: "") == release)
            #expect(update(version: "3.3.0") == nil)
            #expect(update(model: "OTHER") == nil)
            #expect(update(account: .stranger) == nil)
            #expect(update(DeviceID(unchecked: "1000999999")) == nil)
        }
    }

    @Test("A download needs the device's signature, and firmware that is for it")
    func admission() async throws {
        try await withFirmwareRig { rig in
            let (own, other) = (try await rig.addRelease(), try await rig.addRelease(model: "OTHER"))
            func admit(
                _ release: FirmwareRelease,
                device: String? = DeviceID.sample.rawValue,
                ts: String? = "970",
                sign: String?
            ) throws(SwitchyardError) -> LiveDevice? {
                try rig.upgrades.admit(.init(device: device, timestamp: ts, sign: sign), to: release)
            }

            #expect(try admit(own, sign: sign("970")) === rig.device)
            #expect(try admit(own, sign: sign("970").uppercased()) === rig.device)
            #expect(try admit(own, ts: nil, sign: sign("")) === rig.device)
            await expect(.forbidden) { _ = try admit(own, sign: nil) }
            await expect(.forbidden) { _ = try admit(own, sign: sign("971")) }
            await expect(.forbidden) { _ = try admit(own, sign: sign("970", key: Account.owner.apiKey)) }
            await expect(.forbidden) { _ = try admit(own, device: nil, sign: sign("970")) }
            await expect(.forbidden) { _ = try admit(own, device: "1000999999", sign: sign("970")) }
            await expect(.forbidden) { _ = try admit(own, sign: "") }
            await expect(.forbidden) { _ = try admit(other, sign: sign("970")) }

            // Told to get the other one, it may.
            let link = RecordingLink()
            _ = rig.device.attach(link, address: "", at: sampleTime)
            _ = try rig.upgrades.start(Order(device: .sample, model: "OTHER", force: true))
            rig.upgrades.tracker.commandSent(try #require(link.commands.first))
            #expect(try admit(other, sign: sign("970")) === rig.device)
        }
    }

    @Test("With the setting an unsigned download is let through, a badly signed one is not")
    func unsigned() async throws {
        try await withFirmwareRig(.changed { $0.allowsUnsignedDownloads = true }) { rig in
            let release = try await rig.addRelease()
            let anybody = UpgradeService.Downloader(device: nil, timestamp: nil, sign: nil)
            let liar = UpgradeService.Downloader(device: DeviceID.sample.rawValue, timestamp: "1", sign: "00")

            #expect(try rig.upgrades.admit(anybody, to: release) == nil)
            await expect(.forbidden) { _ = try rig.upgrades.admit(liar, to: release) }
        }
    }

    // MARK: Sensors

    @Test("An upgrade that waits for a report survives a restart, and is handed out until it is there")
    func pending() async throws {
        try await withFirmwareRig { rig in
            let release = try await rig.addRelease()
            #expect(rig.upgrades.pendingUpgrade(of: rig.device, through: "192.0.2.9") == nil)
            #expect(try await rig.upgrades.keepForReport(Order(device: .sample)) == release)
            #expect(try await rig.store.pendingUpgrades().map(\.1) == [release.key])

            for _ in 0..<2 {
                let bin = try #require(rig.upgrades.pendingUpgrade(of: rig.device, through: "192.0.2.9"))
                #expect(bin.downloadURL == "http://192.0.2.2:8088/ota/rom/\(release.key)/user1.bin")
                #expect(
                    bin.json.text.hasPrefix(#"{"downloadUrl":"http://192.0.2.2:8088/ota/rom/"#)
                        && bin.json.text.hasSuffix(#","name":"user1.bin"}"#)
                )
            }
            #expect(rig.events.take() == [.sent])

            let again = FirmwareService(
                store: rig.store,
                folder: rig.folder,
                settings: FirmwareSettings(),
                clock: rig.clocks.wall
            )
            try await again.load()
            let restarted = UpgradeService(
                firmware: again,
                tracker: rig.upgrades.tracker,
                registry: rig.registry,
                commands: DeviceCommands(
                    registry: rig.registry,
                    settings: ProtocolSettings(),
                    clock: rig.clocks.monotonic
                ),
                location: FirmwareLocation(host: nil, port: nil)
            )
            #expect(restarted.pendingRelease(of: .sample) == release)
            try await rig.upgrades.forgetPending(of: .sample)
            #expect(rig.upgrades.pendingRelease(of: .sample) == nil)
            #expect(try await rig.store.pendingUpgrades().isEmpty)
        }
    }

    @Test("It is forgotten when the device reports its version, without a download that anybody saw")
    func reportedPending() async throws {
        try await withFirmwareRig { rig in
            try await rig.addRelease()
            _ = try await rig.upgrades.keepForReport(Order(device: .sample))
            _ = rig.upgrades.pendingUpgrade(of: rig.device, through: "192.0.2.9")
            report(#"{"fwVersion":"3.0.0"}"#, to: rig)
            await rig.keeping.tidy()
            #expect(rig.upgrades.pendingRelease(of: .sample) != nil)

            _ = try rig.device.merge(ByteBuffer(string: #"{"fwVersion":"3.3"}"#))
            report(#"{"fwVersion":"3.3"}"#, to: rig)
            // The answer to this very report does not offer it again.
            #expect(rig.upgrades.pendingUpgrade(of: rig.device, through: "192.0.2.9") == nil)
            await rig.keeping.tidy()
            #expect(rig.upgrades.pendingRelease(of: .sample) == nil)
            #expect(try await rig.store.pendingUpgrades().isEmpty)
        }
    }

    @Test("It is forgotten when the firmware goes, and when the device goes")
    func forgottenPending() async throws {
        try await withFirmwareRig { rig in
            try await rig.addRelease()
            _ = try await rig.upgrades.keepForReport(Order(device: .sample))
            try await rig.firmware.remove(model: FirmwareRig.model, version: "3.3.0")
            #expect(rig.upgrades.pendingRelease(of: .sample) == nil)
            #expect(try await rig.store.pendingUpgrades().isEmpty)

            try await rig.addRelease()
            _ = try await rig.upgrades.keepForReport(Order(device: .sample))
            try await rig.store.removeDevice(.sample, at: sampleTime)
            #expect(try await rig.store.pendingUpgrades().isEmpty)
        }
    }
}
