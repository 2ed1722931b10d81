package import CoolkitWire
import Synchronization

/// All devices of the server, in memory: what the message path asks instead of the database.
///
/// Sharded by deviceid; each lock is held for a look-up or a change of the table, never across a call to the outside.
package final class DeviceRegistry: Sendable {
    private final class Shard: Sendable {
        let devices = Mutex<[DeviceID: LiveDevice]>([:])
    }

    /// Whoever waits for a device to be added (`registerHold`).
    private struct Waiter {
        let number: UInt64
        let arrived: @Sendable () -> Void
    }

    private struct Waiting {
        var byDevice: [DeviceID: [Waiter]] = [:]
        var count = 0
        var nextNumber: UInt64 = 0
    }

    private static let shardCount = 16
    /// More registrations than this do not wait at the same time.
    private static let waiterLimit = 10_000

    /// Devices that are known and in no account.
    package let unclaimed = UnclaimedDevices()
    /// Whoever adds a device to an account, or removes the account, takes a turn of it.
    let ownerTurns = Turns<AccountID>()
    private let shards: [Shard]
    private let byOwner = Mutex<[AccountID: [LiveDevice]]>([:])
    private let byGateway = Mutex<[DeviceID: [LiveDevice]]>([:])
    /// The devices that are shared with an account.
    let byReceiver = Mutex<[AccountID: [LiveDevice]]>([:])
    /// Whose turn it is to change a device in the store and here.
    let turns = DeviceTurns()
    private let deleted = Mutex(DeletedDevices())
    private let waiting = Mutex(Waiting())

    package init() {
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private func shard(of id: DeviceID) -> Shard {
        shards[Int(UInt(bitPattern: id.hashValue) % UInt(Self.shardCount))]
    }

    // MARK: Looking up

    package func device(_ id: DeviceID) -> LiveDevice? {
        shard(of: id).devices.withLock { $0[id] }
    }

    /// The devices of an account, by time of adding.
    package func devices(of owner: AccountID) -> [LiveDevice] {
        byOwner.withLock { $0[owner] ?? [] }
    }

    /// The sub-devices behind a gateway, by time of adding.
    package func subDevices(of gateway: DeviceID) -> [LiveDevice] {
        byGateway.withLock { $0[gateway] ?? [] }
    }

    /// All devices, in no particular order.
    package func allDevices() -> [LiveDevice] {
        shards.flatMap { shard in shard.devices.withLock { Array($0.values) } }
    }

    /// The device if it was deleted and not added again.
    package func deletedDevice(_ id: DeviceID) -> DeletedDevice? {
        deleted.withLock { $0[id] }
    }

    // MARK: Changing

    /// Enters a device that is in the store, and wakes whoever waits for it.
    package func insert(_ device: LiveDevice) {
        shard(of: device.id).devices.withLock { $0[device.id] = device }
        byOwner.withLock { $0[device.ownership.owner, default: []].append(device) }
        if let gateway = device.gateway { byGateway.withLock { $0[gateway.id, default: []].append(device) } }
        deleted.withLock { $0.remove(device.id) }
        unclaimed.claimed(device.id)
        let waiters = waiting.withLock { waiting -> [Waiter] in
            let waiters = waiting.byDevice.removeValue(forKey: device.id) ?? []
            waiting.count -= waiters.count
            return waiters
        }
        for waiter in waiters { waiter.arrived() }
    }

    /// Takes a device out and closes its link; `memory` is what stays of it.
    ///
    /// - Returns: the shares that ended with it.
    @discardableResult
    package func remove(_ id: DeviceID, leaving memory: DeletedDevice?) -> [ShareChange] {
        if let memory { deleted.withLock { $0.insert(memory) } }
        guard let device = shard(of: id).devices.withLock({ $0.removeValue(forKey: id) }) else { return [] }
        let owner = device.ownership.owner
        byOwner.withLock { index in
            index[owner]?.removeAll { $0 === device }
            if index[owner]?.isEmpty == true { index[owner] = nil }
        }
        if let gateway = device.gateway {
            byGateway.withLock { index in
                index[gateway.id]?.removeAll { $0 === device }
                if index[gateway.id]?.isEmpty == true { index[gateway.id] = nil }
            }
        }
        let removal = device.remove()
        for share in removal.shares { forget(device, receivedBy: share.receiver.id) }
        for command in removal.lost { command.finish(.offline) }
        removal.link?.close(.deviceRemoved)
        let name = device.device.name
        return removal.shares.map { ShareChange($0, deviceName: name, hasBegun: false) }
    }

    /// Enters what the store remembers of deleted devices, oldest first.
    package func restoreDeleted(_ devices: [DeletedDevice]) {
        deleted.withLock { table in
            for device in devices { table.insert(device) }
        }
    }

    /// Forgets devices that were deleted before `time`.
    func forgetDeleted(before time: UnixTime) {
        deleted.withLock { $0.removeAll(before: time) }
    }

    /// Counts one more answer 415; returns the new count, or nil when the device is no deleted one or was told so often.
    func countTold(_ id: DeviceID, upTo limit: Int) -> Int? {
        deleted.withLock { $0.countTold(id, upTo: limit) }
    }

    // MARK: Waiting for a device to be added

    /// Calls `arrived` once when the device is added.
    ///
    /// Nil when too many wait; else what ends the wait early.
    package func waitForDevice(_ id: DeviceID, arrived: @escaping @Sendable () -> Void) -> BusSubscription? {
        let number = waiting.withLock { waiting -> UInt64? in
            guard waiting.count < Self.waiterLimit else { return nil }
            waiting.count += 1
            waiting.nextNumber += 1
            waiting.byDevice[id, default: []].append(Waiter(number: waiting.nextNumber, arrived: arrived))
            return waiting.nextNumber
        }
        guard let number else { return nil }
        return BusSubscription { [weak self] in self?.endWait(for: id, number: number) }
    }

    private func endWait(for id: DeviceID, number: UInt64) {
        waiting.withLock { waiting in
            guard var waiters = waiting.byDevice[id] else { return }
            let before = waiters.count
            waiters.removeAll { $0.number == number }
            waiting.count -= before - waiters.count
            waiting.byDevice[id] = waiters.isEmpty ? nil : waiters
        }
    }
}
