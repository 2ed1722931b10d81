package import CoolkitWire

/// A deleted device that has not yet been told often enough.
///
/// Source: `coolkit-websocket.md` §4, error 415.
package struct DeletedDevice: Hashable, Sendable {
    package let id: DeviceID
    package let factoryKey: APIKey
    /// Whose it was; nil for those of a version that did not note it.
    package let owner: AccountID?
    /// How many `register`s were answered with 415, 0 to 3.
    package var timesTold: Int
    package let deletedAt: UnixTime

    package init(id: DeviceID, factoryKey: APIKey, owner: AccountID?, timesTold: Int, deletedAt: UnixTime) {
        self.id = id
        self.factoryKey = factoryKey
        self.owner = owner
        self.timesTold = timesTold
        self.deletedAt = deletedAt
    }

    /// How many are remembered of an account, the newest: as many as it has devices by default.
    ///
    /// The ids are for the account to invent, and each may be added and deleted again.
    package static let limitPerAccount = 1_000
    /// How long one is remembered.
    ///
    /// A device that comes back later hears 404, as one that was told three times does.
    package static let lifetime = Duration.days(90)
}

/// The memory of deleted devices: of each account the newest.
struct DeletedDevices {
    private var byID: [DeviceID: DeletedDevice] = [:]
    /// Oldest first.
    private var byOwner: [AccountID: [DeviceID]] = [:]

    subscript(id: DeviceID) -> DeletedDevice? { byID[id] }

    mutating func insert(_ device: DeletedDevice) {
        remove(device.id)
        byID[device.id] = device
        guard let owner = device.owner else { return }
        var ids = byOwner[owner] ?? []
        byOwner[owner] = nil
        ids.append(device.id)
        while ids.count > DeletedDevice.limitPerAccount { byID[ids.removeFirst()] = nil }
        byOwner[owner] = ids
    }

    mutating func remove(_ id: DeviceID) {
        guard let device = byID.removeValue(forKey: id), let owner = device.owner else { return }
        byOwner[owner]?.removeAll { $0 == id }
        if byOwner[owner]?.isEmpty == true { byOwner[owner] = nil }
    }

    /// Forgets those that were deleted before `time`.
    mutating func removeAll(before time: UnixTime) {
        for device in byID.values where device.deletedAt < time { remove(device.id) }
    }

    /// Counts one more answer 415; returns the new count, or nil when the device is no deleted one or was told so often.
    mutating func countTold(_ id: DeviceID, upTo limit: Int) -> Int? {
        guard let told = byID[id]?.timesTold, told < limit else { return nil }
        byID[id]?.timesTold = told + 1
        return told + 1
    }
}
