package import CoolkitWire
import Synchronization

/// The factory records in memory, and which devices that no account has are connected.
///
/// `register` asks here on an event loop, so nothing waits for the store; `StateWriter` writes what changed.
package final class UnclaimedDevices: Sendable {
    private struct Connection {
        let number: UInt64
        let close: @Sendable () -> Void
    }

    private struct State {
        var records: [DeviceID: FactoryRecord] = [:]
        /// By the id of the QR code.
        var byGSMID: [String: DeviceID] = [:]
        /// How many devices each address has left here by itself, and all of them.
        var adoptedByAddress: [String: Int] = [:]
        var adoptedCount = 0
        var connections: [DeviceID: Connection] = [:]
        var nextNumber: UInt64 = 0

        mutating func set(_ record: FactoryRecord) {
            remove(record.id)
            records[record.id] = record
            byGSMID[record.gsmID] = record.id
            guard record.source == .adopted else { return }
            adoptedCount += 1
            adoptedByAddress[record.address, default: 0] += 1
        }

        mutating func remove(_ id: DeviceID) {
            guard let old = records.removeValue(forKey: id) else { return }
            byGSMID[old.gsmID] = nil
            guard old.source == .adopted else { return }
            adoptedCount -= 1
            let left = (adoptedByAddress[old.address] ?? 1) - 1
            adoptedByAddress[old.address] = left > 0 ? left : nil
        }
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: Records

    /// How many records the operator has entered.
    package var operatorCount: Int { state.withLock { $0.records.count - $0.adoptedCount } }

    package func record(_ id: DeviceID) -> FactoryRecord? { state.withLock { $0.records[id] } }

    /// The record whose QR code has this id, 32 lower-case hex characters.
    package func record(gsmID: String) -> FactoryRecord? {
        state.withLock { state in state.byGSMID[gsmID].flatMap { state.records[$0] } }
    }

    /// All records, in no particular order, each with whether its device is connected and waits for an account.
    package func all() -> [(record: FactoryRecord, isConnected: Bool)] {
        state.withLock { state in state.records.values.map { ($0, state.connections[$0.id] != nil) } }
    }

    /// Enters records that are in the store; of devices that were here already it stays known when and where.
    func set(_ records: [FactoryRecord]) {
        state.withLock { state in
            for var record in records {
                if record.lastSeenAt == nil, let known = state.records[record.id] {
                    record.lastSeenAt = known.lastSeenAt
                    record.address = known.address
                }
                state.set(record)
            }
        }
    }

    /// Takes a record out, and closes the device that waits with it.
    func remove(_ id: DeviceID) {
        let connection = state.withLock { state in
            state.remove(id)
            return state.connections.removeValue(forKey: id)
        }
        connection?.close()
    }

    /// An account has the device now: what it told by itself is not needed any more.
    func claimed(_ id: DeviceID) {
        state.withLock { state in
            if state.records[id]?.source == .adopted { state.remove(id) }
        }
    }

    // MARK: Devices that dial in

    /// What becomes of a device that no account has.
    package enum Arrival: Hashable, Sendable {
        /// 404; `isKnown`: there is a record of it, which has changed.
        case unknown(isKnown: Bool)
        /// Not the apikey or chipid of the operator's record: 403.
        case refused
        /// It stays connected and waits for somebody to claim it.
        case kept
    }

    /// Decides about the `register` of a device that no account has, and notes that it was here.
    ///
    /// Without `autoAdopt` all are unknown. With it, the operator's record binds; a record that the device itself left gives way
    /// to another apikey as soon as that device is gone. Source: `coolkit-websocket.md` §4.
    package func arrived(
        _ registration: DeviceRegistration,
        from address: String,
        at now: UnixTime,
        settings: ProtocolSettings
    ) -> Arrival {
        state.withLock { state in
            guard var record = state.records[registration.id] else {
                return Self.adopt(registration, from: address, at: now, settings: settings, in: &state)
            }
            let isRightKey = ConstantTime.areEqual(record.factoryKey.rawValue, registration.factoryKey.rawValue)
            guard isRightKey, record.fits(chipID: registration.chipID) else {
                guard settings.autoAdopt else { return .unknown(isKnown: false) }
                guard record.source == .adopted else { return .refused }
                guard state.connections[record.id] == nil else { return .unknown(isKnown: false) }
                state.remove(record.id)
                return Self.adopt(registration, from: address, at: now, settings: settings, in: &state)
            }
            record.lastSeenAt = now
            record.address = address
            if record.source == .adopted {
                if record.chipID.isEmpty, let chipID = registration.chipID { record.chipID = chipID }
                if let model = registration.model { record.model = model }
            }
            state.set(record)
            return settings.autoAdopt ? .kept : .unknown(isKnown: true)
        }
    }

    /// Makes a record of an unknown device, within the bounds.
    private static func adopt(
        _ registration: DeviceRegistration,
        from address: String,
        at now: UnixTime,
        settings: ProtocolSettings,
        in state: inout State
    ) -> Arrival {
        guard settings.autoAdopt else { return .unknown(isKnown: false) }
        guard state.adoptedCount < settings.maximumAdoptedDevices,
            state.adoptedByAddress[address, default: 0] < settings.maximumAdoptedDevicesPerAddress
        else { return .unknown(isKnown: false) }
        state.set(
            FactoryRecord(
                id: registration.id,
                factoryKey: registration.factoryKey,
                model: registration.model ?? "",
                chipID: registration.chipID ?? "",
                source: .adopted,
                createdAt: now,
                lastSeenAt: now,
                address: address
            )
        )
        return .kept
    }

    /// Enters the connection of a device that waits; an older one of the same device is closed.
    ///
    /// - Returns: what takes it out again. Nil when the record has gone meanwhile.
    package func connect(_ id: DeviceID, close: @escaping @Sendable () -> Void) -> BusSubscription? {
        let entered = state.withLock { state -> (number: UInt64, older: Connection?)? in
            guard state.records[id] != nil else { return nil }
            state.nextNumber += 1
            let older = state.connections.updateValue(Connection(number: state.nextNumber, close: close), forKey: id)
            return (state.nextNumber, older)
        }
        guard let entered else { return nil }
        entered.older?.close()
        return BusSubscription { [weak self] in self?.disconnect(id, number: entered.number) }
    }

    private func disconnect(_ id: DeviceID, number: UInt64) {
        state.withLock { state in
            if state.connections[id]?.number == number { state.connections[id] = nil }
        }
    }
}

extension FactoryRecord {
    /// Whether a device with this chipid may be the one of the record.
    fileprivate func fits(chipID: String?) -> Bool {
        guard let chipID, !self.chipID.isEmpty else { return true }
        return self.chipID == chipID
    }
}
