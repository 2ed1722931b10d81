package import CoolkitWire

extension DeviceService {
    /// A device to be added.
    package struct Addition: Sendable {
        package let id: DeviceID
        package var credential: DeviceCredential
        /// Nil for the default, `My device` and the last six characters of the id.
        package let name: String?
        package var facts: DeviceFacts
        package let options: DeviceOptions
        /// The uiid is what somebody chose, not what is assumed of every device; nil for what is usual: operators choose one,
        /// apps do not.
        package var isInterfaceChosen: Bool?
        /// What a new device reports as its state until it reports itself: a JSON object.
        package let params: [UInt8]
        /// The gateway of a sub-device: a device of the same account.
        package let parent: DeviceID?
        /// What the app sends of the settings; the rest is as it was, or as by default.
        package var settings = JSONObject()
        /// Where the account gets it.
        package let placement: Placement
        /// A device that the account has already takes over what the addition says; false: it is refused.
        package var mayExist = true

        package init(
            id: DeviceID,
            credential: DeviceCredential,
            name: String? = nil,
            facts: DeviceFacts,
            options: DeviceOptions = DeviceOptions(),
            isInterfaceChosen: Bool? = nil,
            params: [UInt8] = Array("{}".utf8),
            parent: DeviceID? = nil,
            placement: Placement = Placement()
        ) {
            self.id = id
            self.credential = credential
            self.name = name
            self.facts = facts
            self.options = options
            self.isInterfaceChosen = isInterfaceChosen
            self.params = params
            self.parent = parent
            self.placement = placement
        }
    }

    /// Adds a device to an account.
    ///
    /// Adding one's own device again succeeds and takes over name and chipid. Its key is believed on first use: another one is
    /// refused, as it would silently shut out the device that has the first, and let another one in in its place. Whoever adds a
    /// device that nobody owns brings its secret, or its digest; where the operator's factory record has one it must be the same. An
    /// owned device is never taken over. Additions of one account happen one after another, so that together they keep to its bound.
    /// Source: `coolkit-v1-http.md` §3.3.
    /// - Throws: `deviceOwnedByAnother`, `forbidden` (not the apikey that is known, or of the factory record), `digestWrong` (not that
    ///   of such a key), `chipIDWrong`, `invalidInput`, `busy` (too many devices), `accountNotFound` (removed meanwhile), `notFound` (the
    ///   placement), `storageFailed`; for a sub-device also `deviceNotFound` (its gateway),
    ///   `alreadyExists` (as another device, or behind another gateway; or at all, where it may not).
    package func add(
        _ addition: Addition,
        to account: Account,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        guard !addition.credential.admits(account.apiKey, of: addition.id) else {
            throw SwitchyardError(.invalidInput, "the device's own apikey is needed, not the account's")
        }
        return try await registry.ownerTurns.withTurn(of: account.id) { () async throws(SwitchyardError) in
            try await addInOwnersTurn(addition, to: account, under: appID)
        }
    }

    private func addInOwnersTurn(
        _ addition: Addition,
        to account: Account,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
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
            let existing = registry.device(addition.id)
            guard existing?.isOwned(by: account.id) != false else {
                throw SwitchyardError(.deviceOwnedByAnother, "Device belongs to other user!")
            }
            guard existing == nil || addition.mayExist else {
                throw SwitchyardError(.alreadyExists, "the account has this device already; 'device set' changes it")
            }
            let addition = try addition.completed(by: registry.unclaimed.record(addition.id)).completed(by: existing)
            if let existing { return try await addAgain(addition, existing: existing, under: appID) }
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
        let device = try newDevice(addition, of: account, under: appID)
        let state = DeviceState(id: device.id, params: addition.params)
        let live: LiveDevice
        do {
            live = try LiveDevice(device, state: state, gateway: gateway)
        } catch {
            throw SwitchyardError(.invalidInput, "params is not a JSON object", underlying: error)
        }
        do {
            try await store.createDevice(device, state: state, at: addition.placement)
        } catch  where error.code == .alreadyExists {
            throw SwitchyardError(.deviceOwnedByAnother, "Device belongs to other user!")
        }
        registry.insert(live)
        bus.publish(.deviceAdded(device.id, owner: account.id))
        if let presence = live.followGateway(at: clock.now) { bus.publish(.presenceChanged(presence)) }
        return live.snapshot
    }

    private func newDevice(
        _ addition: Addition,
        of account: Account,
        under appID: AppID?
    ) throws(SwitchyardError) -> Device {
        let now = clock.now
        var device = Device(
            id: addition.id,
            objectID: .random(at: now),
            factoryRecordID: .random(at: now),
            owner: account.id,
            ownerAPIKey: account.apiKey,
            credential: addition.credential,
            name: try Self.checked(name: addition.name) ?? "My device " + addition.id.rawValue.suffix(6),
            facts: addition.facts,
            options: addition.options,
            parent: addition.parent,
            isInterfaceChosen: addition.isInterfaceChosen,
            addedUnder: appID,
            createdAt: now
        )
        try device.settings.merge(addition.settings)
        return device
    }

    /// Under another appid than the first time the device belongs to both.
    private func addAgain(
        _ addition: Addition,
        existing: LiveDevice,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        if let parent = addition.parent, existing.gateway?.id != parent {
            throw SwitchyardError(.alreadyExists, "the device is known, but not behind this gateway")
        }
        var change = DeviceChange(
            name: try Self.checked(name: addition.name),
            credential: addition.credential,
            chipID: addition.facts.chipID.isEmpty ? nil : addition.facts.chipID
        )
        let known = existing.device
        if let appID, known.addedUnder != appID, !known.applications.contains(appID),
            known.applications.count < Self.maximumApplications
        {
            change.applications = known.applications.union([appID])
        }
        if !addition.settings.isEmpty {
            var settings = known.settings
            try settings.merge(addition.settings)
            change.settings = settings
        }
        if !addition.placement.isDefault {
            change.place = .init(account: known.owner, placement: addition.placement)
        }
        return try await apply(change, to: existing)
    }
}

extension DeviceService.Addition {
    /// The addition with what the factory knows better than the app: model, uiid and chipid, and the apikey where the app brings
    /// its digest alone.
    ///
    /// A record that the device left by itself proves nothing: it counts only if the app knows the same apikey.
    /// - Throws: when the operator's record has another apikey `forbidden` (`coolkit-v1-http.md` §3.3, code 403), or `digestWrong`
    ///   (`coolkit-v2-http.md` §1.4, 30015).
    func completed(by record: FactoryRecord?) throws(SwitchyardError) -> Self {
        guard let record else { return self }
        guard credential.admits(record.factoryKey, of: id) else {
            guard record.source == .operator else { return self }
            guard case .key = credential else { throw Self.wrongDigest }
            throw SwitchyardError(.forbidden, "the apikey is not that of the device's factory record")
        }
        if case .awaited = credential, record.source == .operator { try checkChipID(against: record) }
        var completed = self
        completed.credential = .key(record.factoryKey)
        if !record.chipID.isEmpty { completed.facts.chipID = record.chipID }
        if !record.model.isEmpty { completed.facts.model = record.model }
        guard isInterfaceChosen != true else { return completed }
        if let uiid = record.uiid {
            completed.facts.uiid = uiid
            completed.isInterfaceChosen = true
        } else if let uiid = DeviceDefaults.uiid(model: record.model) {
            completed.facts.uiid = uiid
            completed.isInterfaceChosen = false
        }
        return completed
    }

    /// An app of version 2 is told that it named another chipid; for one of version 1 the record's is taken.
    ///
    /// Source: `coolkit-v2-http.md` §1.4, 30014.
    private func checkChipID(against record: FactoryRecord) throws(SwitchyardError) {
        guard facts.chipID.isEmpty || record.chipID.isEmpty || facts.chipID == record.chipID else {
            throw SwitchyardError(.chipIDWrong, "the chipid is not that of the device's factory record")
        }
    }

    /// The addition of a device that the account has already, with the apikey that is known of it.
    ///
    /// As long as none is known the newer key or digest counts. A sub-device has a key for form's sake: it speaks through its gateway.
    /// - Throws: when another one is known `forbidden`, or `digestWrong`.
    fileprivate func completed(by existing: LiveDevice?) throws(SwitchyardError) -> Self {
        guard let existing, let known = existing.device.factoryKey else { return self }
        guard !credential.admits(known, of: id) else {
            var completed = self
            completed.credential = .key(known)
            return completed
        }
        guard case .key = credential else { throw Self.wrongDigest }
        guard existing.gateway == nil else { return self }
        throw SwitchyardError(.forbidden, "the device has another apikey; remove it first to add it with this one")
    }

    private static var wrongDigest: SwitchyardError {
        SwitchyardError(.digestWrong, "the digest is not that of the device's apikey")
    }
}
