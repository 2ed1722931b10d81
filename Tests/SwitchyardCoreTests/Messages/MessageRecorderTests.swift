import CoolkitWire
import GRDB
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import SwitchyardCore
@testable import SwitchyardSQLite

/// Messages on a real store, and what they are about.
private struct MessageRig: Sendable {
    let store: SQLiteStore
    let clocks = ManualClocks()
    let bus = LocalBus()
    let recorder: MessageRecorder
    let service: MessageService

    init(store: SQLiteStore, queueLimit: Int = MessageRecorder.queueLimit, kept: Int = 500) async throws {
        self.store = store
        for account in [Account.owner, .receiver] { try await store.createAccount(account, passwordHash: "!") }
        recorder = MessageRecorder(
            store: store,
            settings: .changed { $0.maximumMessagesPerAccount = kept },
            queueLimit: queueLimit,
            clock: clocks.wall,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        service = MessageService(store: store, recorder: recorder)
    }

    /// Merges a report into a device and publishes it as the hub does.
    func report(_ params: String, by device: LiveDevice) throws {
        let params = ByteBuffer(string: params)
        let merge = try device.merge(params)
        let source = StateChange.Source.device(deviceSequence: nil, seq: nil)
        bus.publish(.stateChanged(StateChange(of: device, params: params, source: source, notice: merge.notice)))
    }

    func publish(_ share: Share, hasBegun: Bool = true) {
        bus.publish(.shareChanged(ShareChange(share, deviceName: "Lamp", hasBegun: hasBegun)))
    }

    /// The messages of an account, oldest first, as `msgType message`.
    func messages(of account: Account) async throws -> [String] {
        try await service.messages(of: account.id, MessageQuery(limit: 30)).reversed().map {
            "\($0.kind.rawValue) \(JSON.object($0.content).text)"
        }
    }

    /// Runs the recorder for as long as `body` takes, and then stops it gracefully.
    func run(_ body: () async throws -> Void) async throws {
        let subscription = recorder.subscribe(to: bus)
        defer { subscription.cancel() }
        try await withRunning(recorder, body)
    }
}

@Suite("Messages")
struct MessageRecorderTests {
    private func device(uiid: Int = 1, _ setting: DeviceSetting? = nil, isOn: Bool = true) throws -> LiveDevice {
        var device = Device.sample(facts: DeviceFacts(uiid: uiid))
        if let setting { device.settings[setting] = isOn }
        return try LiveDevice.sample(device, params: #"{"switch":"off","rssi":-50}"#)
    }

    @Test("A receiver reads of the share that began and of the one that ended, the owner of neither")
    func tellsOfShares() async throws {
        try await withTemporaryStore { store in
            let rig = try await MessageRig(store: store)
            try await rig.run {
                rig.publish(.sample(permit: .enableTimers))
                rig.publish(.sample(), hasBegun: false)

                let party =
                    #""deviceid":"1000a1b2c3","deviceName":"Lamp","apikey":"\#(Account.owner.apiKey)","#
                    + #""email":"owner@example.com","nickname":"""#
                let terms = #""permit":8,"comment":"note","shareTime":1700000000000"#
                let (told, untold) = (try await rig.messages(of: .receiver), try await rig.messages(of: .owner))
                #expect(
                    told == [
                        "shareNotify_v2 {\(party),\(terms)}", "cancelShareNotify_v2 {\(party)}",
                    ]
                )
                #expect(untold.isEmpty)
            }
        }
    }

    @Test("A device that is switched is told when its owner wishes it, and only when the switch is another one")
    func tellsOfSwitching() async throws {
        try await withTemporaryStore { store in
            let rig = try await MessageRig(store: store)
            let (told, quiet) = (try device(.opsNotify), try device())
            try await rig.run {
                try rig.report(#"{"switch":"on"}"#, by: quiet)
                for report in [#"{"rssi":-51}"#, #"{"switch":"off","rssi":-52}"#, #"{"switch":"on"}"#] {
                    try rig.report(report, by: told)
                }
                try rig.report(#"{"switches":[{"outlet":0,"switch":"on"}]}"#, by: told)

                let head = #"opsNotify_v2 {"deviceid":"1000a1b2c3","deviceName":"Lamp","userAgent":"device","params":"#
                #expect(
                    try await rig.messages(of: .owner) == [
                        head + #"{"switch":"on"}}"#,
                        head + #"{"switch":"on","switches":[{"outlet":0,"switch":"on"}]}}"#,
                    ]
                )
            }
        }
    }

    @Test(
        "A sensor that gives alarm is told, unless its owner does not wish it",
        arguments: [
            (102, #"{"switch":"on"}"#, #"{"switch":"off"}"#), (3026, #"{"lock":1}"#, #"{"lock":0}"#),
            (2026, #"{"motion":1}"#, #"{"motion":0}"#), (7019, #"{"water":1}"#, #"{"water":0}"#),
            (5026, #"{"smoke":1}"#, #"{"smoke":0}"#),
        ]
    )
    func tellsOfAlarms(uiid: Int, alarm: String, calm: String) async throws {
        try await withTemporaryStore { store in
            let rig = try await MessageRig(store: store)
            let (told, quiet) = (try device(uiid: uiid), try device(uiid: uiid, .alarmNotify, isOn: false))
            try await rig.run {
                try rig.report(alarm, by: quiet)
                for report in [calm, alarm, alarm, calm] { try rig.report(report, by: told) }

                let head =
                    #"alarmNotify_v2 {"deviceid":"1000a1b2c3","deviceName":"Lamp","userAgent":"device","params":"#
                #expect(try await rig.messages(of: .owner) == ["\(head)\(alarm)}"])
            }
        }
    }

    @Test("A command tells by whom, but not by which operator")
    func tellsWhoCommanded() async throws {
        try await withTemporaryStore { store in
            let rig = try await MessageRig(store: store)
            let device = try device(.opsNotify)
            try await rig.run {
                for (value, isByOperator) in [("on", false), ("off", true)] {
                    let params = ByteBuffer(string: #"{"switch":"\#(value)"}"#)
                    let notice = try device.merge(params).notice
                    let source = StateChange.Source.command(
                        sequence: nil,
                        actingAPIKey: Account.receiver.apiKey,
                        session: nil
                    )
                    let change = StateChange(
                        of: device,
                        params: params,
                        source: source,
                        isByOperator: isByOperator,
                        notice: notice
                    )
                    rig.bus.publish(.stateChanged(change))
                }

                let messages = try await rig.service.messages(of: Account.owner.id, MessageQuery(limit: 2))
                #expect(messages.map { $0.content["userAgent"] } == ["app", "app"])
                #expect(messages.map { $0.content["apikey"] } == [nil, .string(Account.receiver.apiKey.rawValue)])
            }
        }
    }

    @Test("Of more than the queue holds the oldest are lost; of more than an account keeps, too")
    func isBounded() async throws {
        try await withTemporaryStore { store in
            let rig = try await MessageRig(store: store, queueLimit: 3, kept: 2)
            func publish(_ permits: ClosedRange<Int>) {
                for permit in permits {
                    rig.recorder.receive(
                        .shareChanged(
                            ShareChange(
                                .sample(permit: SharePermit(rawValue: permit)),
                                deviceName: "",
                                hasBegun: true
                            )
                        )
                    )
                }
            }
            func permits() async throws -> [Int?] {
                try await store.messages(of: Account.receiver.id, MessageQuery(limit: 9)).map {
                    $0.content["permit"]?.intValue
                }
            }
            publish(1...7)
            try await rig.run {
                await rig.recorder.flush()
                let kept = try await permits()
                #expect(kept == [7, 6])
            }
            await expect(.invalidInput) {
                _ = try await rig.service.messages(of: Account.receiver.id, MessageQuery(limit: 31))
            }
        }
    }

    @Test("What a full disk refuses is stored with the next message, in order")
    func storesLater() async throws {
        try await withTemporaryStore { store in
            let rig = try await MessageRig(store: store)
            let large = String(repeating: "x", count: 4_000)
            try await rig.run {
                try await rig.setRoom(isLeft: false)
                for _ in 0..<30 {
                    rig.bus.publish(.shareChanged(ShareChange(.sample(), deviceName: large, hasBegun: true)))
                }
                await rig.recorder.flush()
                #expect(try await store.messages(of: Account.receiver.id, MessageQuery(limit: 100)).count < 30)

                try await rig.setRoom(isLeft: true)
                rig.publish(.sample(), hasBegun: false)
                await rig.recorder.flush()
                let messages = try await store.messages(of: Account.receiver.id, MessageQuery(limit: 100))
                #expect(messages.count == 31)
                #expect(messages.first?.kind == .cancelShareNotify)
            }
        }
    }
}

extension MessageRig {
    /// Lets the database grow no further, or as it likes.
    func setRoom(isLeft: Bool) async throws { try await store.setRoom(isLeft: isLeft) }
}
