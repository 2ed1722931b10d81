package import CoolkitWire
package import NIOCore

/// Devices as accounts see them: listed, renamed, removed; added in `DeviceService+adding.swift`.
///
/// Unknown and foreign devices are alike to an account: `deviceNotFound`.
package struct DeviceService: Sendable {
    let store: any Store
    let registry: DeviceRegistry
    let settings: ProtocolSettings
    let clock: WallClock
    var turns: DeviceTurns { registry.turns }
    let importTurns = Turns<Bool>()
    let bus: any Bus
    /// The groups that accounts put their devices into.
    package let groups: GroupService
    /// The homes in which their things stand.
    package let homes: HomeService

    package init(
        store: any Store,
        registry: DeviceRegistry,
        bus: any Bus,
        settings: ProtocolSettings,
        clock: WallClock
    ) {
        self.store = store
        self.registry = registry
        self.bus = bus
        self.settings = settings
        self.clock = clock
        groups = GroupService(store: store, registry: registry, settings: settings, clock: clock)
        homes = HomeService(store: store, settings: settings, clock: clock)
    }

    /// Fills the registry from the store: once, before the first client.
    package func load() async throws(SwitchyardError) {
        let all = try await store.devices()
        // Gateways before what is behind them.
        for (device, state) in all.filter({ $0.0.parent == nil }) + all.filter({ $0.0.parent != nil }) {
            do {
                let gateway = device.parent.flatMap { registry.device($0) }
                registry.insert(try LiveDevice(device, state: state, gateway: gateway))
            } catch {
                throw SwitchyardError(
                    .internalFault,
                    "the stored state of device \(device.id) is damaged",
                    underlying: error
                )
            }
        }
        registry.restoreDeleted(try await store.deletedDevices())
        try await loadFactoryRecords()
    }

    // MARK: Reading

    /// The devices an account sees, its own and those shared with it, by time of adding; with `restrictDevicesToAppid`
    /// only those added under `appID` or associated with it.
    package func devices(visibleTo account: AccountID, through appID: AppID) -> [DeviceSnapshot] {
        let all = snapshots(visibleTo: account)
        guard settings.restrictDevicesToAppid else { return all }
        return all.filter { isListed($0.device, through: appID) }
    }

    /// Whether a list for `appID` has the device.
    func isListed(_ device: Device, through appID: AppID) -> Bool {
        guard settings.restrictDevicesToAppid else { return true }
        return device.addedUnder == appID || device.applications.contains(appID)
    }

    /// One device.
    ///
    /// Throws `deviceNotFound`.
    package func device(_ id: DeviceID, visibleTo account: AccountID) throws(SwitchyardError) -> DeviceSnapshot {
        guard let view = view(of: try liveDevice(id, visibleTo: account), for: account) else { throw Self.notFound }
        return view
    }

    /// The same; nil when the account does not see it.
    package func deviceIfVisible(_ id: DeviceID, to account: AccountID) -> DeviceSnapshot? {
        registry.device(id).flatMap { view(of: $0, for: account) }
    }

    /// The stored params with these names (all when empty), as a JSON object; `{}` when none is known.
    ///
    /// Throws `deviceNotFound`.
    package func params(
        of id: DeviceID,
        named names: [String],
        visibleTo account: AccountID
    ) throws(SwitchyardError) -> ByteBuffer {
        try liveDevice(id, visibleTo: account).params(named: names) ?? ByteBuffer(string: "{}")
    }

    func liveDevice(_ id: DeviceID, visibleTo account: AccountID) throws(SwitchyardError) -> LiveDevice {
        guard let device = registry.device(id), device.isVisible(to: account) else { throw Self.notFound }
        return device
    }

    static var notFound: SwitchyardError { SwitchyardError(.deviceNotFound, "device not found") }

    // MARK: Changing

    /// Gives a device another name, and puts it into a group of the owner's if one is named.
    ///
    /// Throws `deviceNotFound`, `forbidden` for a receiver, `invalidInput`, `storageFailed`.
    package func rename(
        _ id: DeviceID,
        to name: String,
        group: GroupID? = nil,
        by account: AccountID
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        _ = try liveDevice(id, ownedBy: account)
        guard let name = try Self.checked(name: name) else {
            throw SwitchyardError(.invalidInput, "params incomplete: name")
        }
        return try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let live = try liveDevice(id, ownedBy: account)
            var change = DeviceChange(name: name)
            change.group = group.map { DeviceChange.Membership(group: $0, account: account) }
            return try await apply(change, to: live)
        }
    }

    /// Stores a change and then makes it; in the device's turn.
    func apply(_ change: DeviceChange, to live: LiveDevice) async throws(SwitchyardError) -> DeviceSnapshot {
        try await store.changeDevice(live.id, change)
        live.update { $0.apply(change) }
        return live.snapshot
    }

    /// Removes a device from its account: closes its session and remembers it, so that its next `register` is refused.
    ///
    /// A gateway's sub-devices go with it, as nothing else leads to them. A receiver only ends his share.
    /// Source: `coolkit-v1-http.md` §3.5.
    ///
    /// - Returns: the device as the account saw it. Throws `deviceNotFound`, `storageFailed`.
    package func remove(_ id: DeviceID, by account: AccountID) async throws(SwitchyardError) -> DeviceSnapshot {
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let live = try liveDevice(id, visibleTo: account)
            guard live.isOwned(by: account) else { return try await dropShare(of: live, by: account) }
            let snapshot = live.snapshot
            let now = clock.now
            try await store.removeDevice(id, at: now)
            let ended = registry.remove(id, leaving: live.memory(at: now))
            bus.publish(.deviceRemoved(id, owner: account))
            for change in ended { bus.publish(.shareChanged(change)) }
            removeSubDevices(of: id, owner: account)
            return snapshot
        }
    }

    /// Drops the memory of devices that were deleted long ago.
    package func forgetDeletedDevices() async throws(SwitchyardError) {
        let time = clock.now.advanced(by: .zero - DeletedDevice.lifetime)
        try await store.removeDeletedDevices(before: time)
        registry.forgetDeleted(before: time)
    }

    /// The name without surrounding white space; nil when empty or absent.
    static func checked(name: String?) throws(SwitchyardError) -> String? {
        guard let name else { return nil }
        let trimmed = name.drop(while: \.isWhitespace)
        let end = trimmed.lastIndex(where: { !$0.isWhitespace }).map { trimmed.index(after: $0) } ?? trimmed.startIndex
        let text = String(trimmed[..<end])
        guard text.utf8.count <= 128 else { throw SwitchyardError(.invalidInput, "a name has at most 128 bytes") }
        return text.isEmpty ? nil : text
    }
}
