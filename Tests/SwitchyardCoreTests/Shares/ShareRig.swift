import CoolkitWire
import Logging
import NIOCore
import SwitchyardSQLite
import Synchronization

@testable import SwitchyardCore

extension Account {
    static let receiver = Account(
        id: AccountID(.random(at: sampleTime)),
        apiKey: APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220003"),
        identifier: .phone("+8613123456789"),
        nickname: "Bob",
        region: "eu",
        createdAt: sampleTime
    )
    static let foreigner = Account(
        id: AccountID(.random(at: sampleTime)),
        apiKey: APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220004"),
        identifier: .email("foreigner@example.com"),
        region: "us",
        createdAt: sampleTime
    )
}

extension Share {
    static func sample(
        of device: DeviceID = .sample,
        with receiver: Account = .receiver,
        permit: SharePermit = []
    ) -> Share {
        Share(
            device: device,
            owner: ShareParty(.owner),
            receiver: ShareParty(receiver),
            terms: ShareTerms(deviceName: "Lamp", userName: "Bob", permit: permit, note: "note"),
            sharedAt: sampleTime
        )
    }
}

/// Nobody is online.
private struct NoSessions: SessionDirectory {
    func sessions() -> [SessionDescription] { [] }
    func isOnline(_ account: AccountID) -> Bool { false }
    func openSockets(of account: AccountID) -> [ObjectID: Int] { [:] }
    func close(session number: UInt64) -> Bool { false }
}

/// What answers and announcements came, in order.
final class ShareLedger: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func note(_ line: String) { lines.withLock { $0.append(line) } }

    func note(_ number: Int64, _ outcome: ShareOutcome) {
        switch outcome {
        case .result(let result): note("\(number) \(result)")
        case .failed(let error): note("\(number) \(error.code)")
        }
    }
}

/// The sharing side of a server on a real store: four accounts, one of another region, and the owner's device.
struct ShareRig {
    let store: SQLiteStore
    let registry = DeviceRegistry()
    let bus = LocalBus()
    let clocks = ManualClocks()
    let service: ShareService
    let devices: DeviceService
    let accounts: AccountService
    let desk: ShareDesk
    let ledger = ShareLedger()
    /// Announcements and removals.
    private let subscription: BusSubscription

    init(store: SQLiteStore, settings: ProtocolSettings = ProtocolSettings()) {
        self.store = store
        service = ShareService(store: store, registry: registry, bus: bus, settings: settings, clock: clocks.wall)
        devices = DeviceService(store: store, registry: registry, bus: bus, settings: settings, clock: clocks.wall)
        accounts = AccountService(
            store: store,
            tokens: TokenTable(),
            hasher: PasswordHasher(cost: .init(logarithmOfN: 4, r: 8, p: 1)),
            limits: .perMinute(account: 10, address: 10, clock: clocks.monotonic),
            registry: registry,
            bus: bus,
            settings: settings,
            clock: clocks.wall
        )
        desk = ShareDesk(
            service,
            sessions: NoSessions(),
            clock: clocks.monotonic,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        subscription = bus.subscribe { [desk, ledger] event in
            if case .shareAnnounced(let notice) = event { ledger.note("\(notice.kind) to \(notice.receiver)") }
            desk.receive(event)
        }
    }

    func prepare() async throws {
        for account in [Account.owner, .stranger, .receiver, .foreigner] {
            try await store.createAccount(account, passwordHash: "!")
        }
        try await add(.sample)
    }

    func add(_ id: DeviceID, parent: DeviceID? = nil) async throws {
        let addition = DeviceService.Addition(
            id: id,
            credential: .key(.factory),
            facts: DeviceFacts(uiid: 1),
            parent: parent
        )
        _ = try await devices.add(addition, to: .owner, under: nil)
    }

    /// Hands an order in; the ledger hears what became of it.
    @discardableResult
    func submit(
        _ kind: ShareOrder.Kind = .share,
        of device: DeviceID = .sample,
        by actor: Account = .owner,
        uid: String = Account.receiver.identifier.description
    ) throws -> Int64 {
        let number = desk.makeNumber()
        let order = ShareOrder(
            kind,
            number: number,
            device: device,
            actor: actor.id,
            uid: uid,
            change: try ShareTermsChange(permit: 15),
            params: ByteBuffer(string: "{}"),
            deadline: clocks.monotonic.now.advanced(by: .seconds(60))
        )
        desk.submit(order) { [ledger] outcome in ledger.note(number, outcome) }
        return number
    }

    func decide(_ number: Int64, accepts: Bool, by account: Account = .receiver) {
        desk.decide(SequenceText(number), accepts: accepts, by: account.id, about: .sample)
    }
}

/// Runs `body` beside the rig's desk.
func withShareRig(
    _ settings: ProtocolSettings = ProtocolSettings(),
    _ body: (ShareRig) async throws -> Void
) async throws {
    try await withTemporaryStore { store in
        let rig = ShareRig(store: store, settings: settings)
        try await rig.prepare()
        let desk = Task { try await rig.desk.run() }  // ended below
        do {
            try await body(rig)
        } catch {
            desk.cancel()
            throw error
        }
        desk.cancel()
        try await desk.value
    }
}

/// Waits until the ledger has as many lines as that.
func waitFor(_ count: Int, in ledger: ShareLedger) async throws {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: .seconds(20))
    while ledger.all.count < count, clock.now < end { await Task.yield() }
}
