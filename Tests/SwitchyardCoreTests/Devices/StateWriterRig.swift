import CoolkitWire
import GRDB
import Logging
import NIOCore
import ServiceLifecycle
import SwitchyardCore
import Synchronization
import Testing

@testable import SwitchyardSQLite

/// A running state writer on a real store, and the devices it writes.
final class StateWriterRig: Sendable {
    let store: SQLiteStore
    let timer = ManualTimer()
    let writer: StateWriter
    let account: Account
    /// One element for each call of `deliver`: the tickets and whether they are in the store.
    private let notices: AsyncStream<[UInt64: Bool]>

    init(store: SQLiteStore) async throws {
        self.store = store
        let (stream, continuation) = AsyncStream<[UInt64: Bool]>.makeStream()
        notices = stream
        account = .owner
        try await store.createAccount(account, passwordHash: "!")
        writer = StateWriter(
            store: store,
            flushInterval: .seconds(1),
            clock: timer,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { notices in
            var byTicket: [UInt64: Bool] = [:]
            for notice in notices {
                notice.link.reportStored(ticket: notice.ticket, succeeded: notice.succeeded)
                byTicket[notice.ticket] = notice.succeeded
            }
            continuation.yield(byTicket)
        }
    }

    /// The next delivery of notices.
    func nextNotices() async throws -> [UInt64: Bool] {
        var iterator = notices.makeAsyncIterator()
        return try #require(await iterator.next(isolation: #isolation))
    }

    /// Stores a device and makes it live.
    func addDevice(_ id: String = "1") async throws -> LiveDevice {
        let device = Device.sample(DeviceID(unchecked: id), owner: account)
        try await store.createDevice(device, state: DeviceState(id: device.id))
        return try LiveDevice.sample(device)
    }

    /// What the store has of a device's params.
    func stored(_ device: LiveDevice) async throws -> String? {
        try await store.devices().first { $0.0.id == device.id }.map { String(decoding: $0.1.params, as: UTF8.self) }
    }

    /// Runs the writer for as long as `body` takes, and then stops it gracefully.
    func run(_ body: () async throws -> Void) async throws {
        try await withRunning(writer, body)
    }

    /// Lets the database grow no further, or as it likes.
    func setRoom(isLeft: Bool) async throws { try await store.setRoom(isLeft: isLeft) }
}

extension LiveDevice {
    /// Merges a report of the device.
    func report(_ params: String) throws { _ = try merge(ByteBuffer(string: params)) }

    /// Merges a report that needs room.
    func reportLarge() throws { try report("{\"large\":\"\(String(repeating: "x", count: 60_000))\"}") }
}
