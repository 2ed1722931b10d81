package import CoolkitWire
package import NIOCore

/// Devices as accounts see them: listed, added, renamed, removed.
///
/// Unknown and foreign devices are alike to an account: `deviceNotFound`.
package struct DeviceService: Sendable {
    let store: any Store
    let registry: DeviceRegistry
    let bus: any Bus
    let settings: ProtocolSettings
    let clock: WallClock
    private let turns = DeviceTurns()

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
    }

    // MARK: Reading

    /// The devices an account sees, by time of adding; with `restrictDevicesToAppid` only those added under `appID`.
    package func devices(visibleTo account: AccountID, through appID: AppID) -> [DeviceSnapshot] {
        let all = registry.devices(of: account).map(\.snapshot)
        guard settings.restrictDevicesToAppid else { return all }
        return all.filter { $0.device.addedUnder == nil || $0.device.addedUnder == appID }
    }

    /// One device.
    ///
    /// Throws `deviceNotFound`.
    package func device(_ id: DeviceID, visibleTo account: AccountID) throws(SwitchyardError) -> DeviceSnapshot {
        try liveDevice(id, visibleTo: account).snapshot
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

    private func liveDevice(_ id: DeviceID, visibleTo account: AccountID) throws(SwitchyardError) -> LiveDevice {
        guard let device = registry.device(id), device.isVisible(to: account) else {
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        return device
    }

    // MARK: Changing

    /// A device to be added.
    package struct Addition: Sendable {
        package let id: DeviceID
        package let factoryKey: APIKey
        /// Nil for the default, `My device` and the last six characters of the id.
        package let name: String?
        package let facts: DeviceFacts
        package let options: DeviceOptions
        /// What a new device reports as its state until it reports itself: a JSON object.
        package let params: [UInt8]
        /// The gateway of a sub-device: a device of the same account.
        package let parent: DeviceID?

        package init(
            id: DeviceID,
            factoryKey: APIKey,
            name: String? = nil,
            facts: DeviceFacts,
            options: DeviceOptions = DeviceOptions(),
            params: [UInt8] = Array("{}".utf8),
            parent: DeviceID? = nil
        ) {
            self.id = id
            self.factoryKey = factoryKey
            self.name = name
            self.facts = facts
            self.options = options
            self.params = params
            self.parent = parent
        }
    }

    /// Adds a device to an account.
    ///
    /// Adding one's own device again succeeds and takes over name, key and chipid.
    ///
    /// There is no factory database: whoever adds a device that nobody owns brings its secret. An owned device is never
    /// taken over. Source: `coolkit-v1-http.md` §3.3.
    /// - Throws: `deviceOwnedByAnother`, `invalidInput`, `busy` (too many devices), `storageFailed`; for a sub-device
    ///   also `deviceNotFound` (its gateway), `alreadyExists` (as another device, or behind another gateway).
    package func add(
        _ addition: Addition,
        to account: Account,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        guard addition.factoryKey != account.apiKey else {
            throw SwitchyardError(.invalidInput, "the device's own apikey is needed, not the account's")
        }
        guard let parent = addition.parent, parent != addition.id else {
            return try await addInTurn(addition, to: account, under: appID)
        }
        // A gateway that goes takes its sub-devices along: none is added meanwhile.
        return try await turns.withTurn(of: parent) { () async throws(SwitchyardError) in
            try await addInTurn(addition, to: account, under: appID)
        }
    }

    private func addInTurn(
        _ addition: Addition,
        to account: Account,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        try await turns.withTurn(of: addition.id) { () async throws(SwitchyardError) in
            if let existing = registry.device(addition.id) {
                return try await addAgain(addition, existing: existing, account: account)
            }
            return try await addNew(addition, to: account, under: appID)
        }
    }

    private func addNew(
        _ addition: Addition,
        to account: Account,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        guard registry.devices(of: account.id).count < settings.maximumDevicesPerAccount else {
            throw SwitchyardError(.busy, "the account has as many devices as it may have")
        }
        let gateway = try gateway(of: addition, owner: account.id)
        let now = clock.now
        let device = Device(
            id: addition.id,
            objectID: .random(at: now),
            factoryRecordID: .random(at: now),
            owner: account.id,
            ownerAPIKey: account.apiKey,
            factoryKey: addition.factoryKey,
            name: try Self.checked(name: addition.name) ?? "My device " + addition.id.rawValue.suffix(6),
            facts: addition.facts,
            options: addition.options,
            parent: gateway?.id,
            addedUnder: appID,
            createdAt: now
        )
        let state = DeviceState(id: device.id, params: addition.params)
        let live: LiveDevice
        do {
            live = try LiveDevice(device, state: state, gateway: gateway)
        } catch {
            throw SwitchyardError(.invalidInput, "params is not a JSON object", underlying: error)
        }
        do {
            try await store.createDevice(device, state: state)
        } catch  where error.code == .alreadyExists {
            throw SwitchyardError(.deviceOwnedByAnother, "Device belongs to other user!")
        }
        registry.insert(live)
        bus.publish(.deviceAdded(device.id, owner: account.id))
        if let presence = live.followGateway(at: now) { bus.publish(.presenceChanged(presence)) }
        return live.snapshot
    }

    private func addAgain(
        _ addition: Addition,
        existing: LiveDevice,
        account: Account
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        guard existing.isVisible(to: account.id) else {
            throw SwitchyardError(.deviceOwnedByAnother, "Device belongs to other user!")
        }
        if let parent = addition.parent, existing.gateway?.id != parent {
            throw SwitchyardError(.alreadyExists, "the device is known, but not behind this gateway")
        }
        let change = DeviceChange(
            name: try Self.checked(name: addition.name),
            factoryKey: addition.factoryKey,
            chipID: addition.facts.chipID.isEmpty ? nil : addition.facts.chipID
        )
        try await store.changeDevice(existing.id, change)
        existing.update { $0.apply(change) }
        return existing.snapshot
    }

    /// Gives a device another name.
    ///
    /// Throws `deviceNotFound`, `invalidInput`, `storageFailed`.
    package func rename(
        _ id: DeviceID,
        to name: String,
        by account: AccountID
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        _ = try liveDevice(id, visibleTo: account)
        guard let name = try Self.checked(name: name) else {
            throw SwitchyardError(.invalidInput, "params incomplete: name")
        }
        return try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let live = try liveDevice(id, visibleTo: account)
            let change = DeviceChange(name: name)
            try await store.changeDevice(id, change)
            live.update { $0.apply(change) }
            return live.snapshot
        }
    }

    /// Removes a device from its account: closes its session and remembers it, so that its next `register` is refused.
    ///
    /// A gateway's sub-devices go with it, as nothing else leads to them.
    ///
    /// - Returns: the device as it was. Throws `deviceNotFound`, `storageFailed`.
    package func remove(_ id: DeviceID, by account: AccountID) async throws(SwitchyardError) -> DeviceSnapshot {
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let snapshot = try liveDevice(id, visibleTo: account).snapshot
            let now = clock.now
            try await store.removeDevice(id, at: now)
            registry.remove(
                id,
                leaving: DeletedDevice(
                    id: id,
                    factoryKey: snapshot.device.factoryKey,
                    timesTold: 0,
                    deletedAt: now
                )
            )
            bus.publish(.deviceRemoved(id, owner: account))
            removeSubDevices(of: id, owner: account, at: now)
            return snapshot
        }
    }

    /// The name without surrounding white space; nil when empty or absent.
    private static func checked(name: String?) throws(SwitchyardError) -> String? {
        guard let name else { return nil }
        let trimmed = name.drop(while: \.isWhitespace)
        let end = trimmed.lastIndex(where: { !$0.isWhitespace }).map { trimmed.index(after: $0) } ?? trimmed.startIndex
        let text = String(trimmed[..<end])
        guard text.utf8.count <= 128 else { throw SwitchyardError(.invalidInput, "a name has at most 128 bytes") }
        return text.isEmpty ? nil : text
    }
}
