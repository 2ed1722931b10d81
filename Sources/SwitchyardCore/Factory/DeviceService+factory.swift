package import CoolkitWire

/// Devices that are known without an account having them: the operator's list, adding by QR code, claiming.
extension DeviceService {
    /// Fills the table from the store; an adopted record of a device that has an account is a leftover and goes.
    func loadFactoryRecords() async throws(SwitchyardError) {
        let records = try await store.factoryRecords()
        let leftovers = records.filter { $0.source == .adopted && registry.device($0.id) != nil }.map(\.id)
        if !leftovers.isEmpty { try await store.forgetAdopted(leftovers) }
        registry.unclaimed.set(records.filter { !leftovers.contains($0.id) })
    }

    // MARK: For accounts

    /// Adds the device whose QR code has this id.
    ///
    /// Source: `coolkit-v1-http.md` §3.4.
    /// - Parameters:
    ///   - gsmID: MD5 of deviceid and apikey in hex, in either case.
    ///   - placement: where the account gets it.
    /// - Throws: `deviceNotFound` with the text of the original when no record has it, and whatever `add` throws.
    package func add(
        gsmID: String,
        named name: String?,
        at placement: Placement = Placement(),
        to account: Account,
        under appID: AppID?
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        let gsmID = gsmID.lowercased()
        guard gsmID.utf8.count == 32, gsmID.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            throw SwitchyardError(.invalidInput, "params is error: id")
        }
        guard let (id, factoryKey) = device(gsmID: gsmID, knownTo: account.id) else {
            throw SwitchyardError(.deviceNotFound, "fd data is null")
        }
        let addition = Addition(
            id: id,
            credential: .key(factoryKey),
            name: name,
            facts: DeviceFacts(uiid: DeviceDefaults.uiid),
            placement: placement
        )
        return try await add(addition, to: account, under: appID)
    }

    /// The device that the QR code is of: one with a record, or one of the account's own.
    private func device(gsmID: String, knownTo account: AccountID) -> (DeviceID, APIKey)? {
        if let record = registry.unclaimed.record(gsmID: gsmID) { return (record.id, record.factoryKey) }
        let keys = registry.devices(of: account).lazy.compactMap { live in live.device.factoryKey.map { (live.id, $0) }
        }
        return keys.first { DeviceDigest.gsm(deviceID: $0.0, apiKey: $0.1) == gsmID }
    }

    // MARK: For the operator

    /// A factory record as the operator sees it.
    package struct KnownDevice: Sendable {
        package let record: FactoryRecord
        /// It dialled in and waits for somebody to claim it.
        package let isConnected: Bool
        /// An account has it.
        package let isClaimed: Bool
    }

    /// All factory records by deviceid.
    package func knownDevices() -> [KnownDevice] {
        registry.unclaimed.all()
            .map { KnownDevice(record: $0, isConnected: $1, isClaimed: registry.device($0.id) != nil) }
            .sorted { $0.record.id.rawValue < $1.record.id.rawValue }
    }

    /// Enters factory records, all of them or none, in the place of older ones of the same devices.
    ///
    /// Throws `invalidInput` for a device that stands in the list twice, `busy` when they would be too many, `storageFailed`.
    package func importRecords(_ records: [FactoryRecord]) async throws(SwitchyardError) {
        var seen: Set<DeviceID> = []
        if let twice = records.first(where: { !seen.insert($0.id).inserted }) {
            throw SwitchyardError(.invalidInput, "device \(twice.id) stands twice in the list")
        }
        try await importTurns.withTurn(of: true) { () async throws(SwitchyardError) in
            let added = records.count { registry.unclaimed.record($0.id)?.source != .operator }
            guard registry.unclaimed.operatorCount + added <= settings.maximumFactoryRecords else {
                throw SwitchyardError(.busy, "there are at most \(settings.maximumFactoryRecords) factory records")
            }
            try await store.importFactoryRecords(records)
            registry.unclaimed.set(records)
        }
    }

    /// Removes a factory record; a device that waits with it is closed, an account's device stays with the account.
    ///
    /// Throws `deviceNotFound`, `storageFailed`.
    package func removeRecord(_ id: DeviceID) async throws(SwitchyardError) {
        guard let record = registry.unclaimed.record(id) else {
            throw SwitchyardError(.deviceNotFound, "no factory record has this id")
        }
        // First in memory: the writer takes out of the store what it does not find here.
        registry.unclaimed.remove(id)
        do throws(SwitchyardError) {
            try await store.removeFactoryRecord(id)
        } catch {
            registry.unclaimed.set([record])
            throw error
        }
    }

    /// Gives a device with a factory record to an account.
    ///
    /// If it waits connected it is closed, as only the answer to a `register` tells it its owner's apikey; it comes back by itself.
    /// - Throws: `deviceNotFound` without a record, and whatever `add` throws.
    package func claim(
        _ id: DeviceID,
        named name: String?,
        for account: Account
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        guard let record = registry.unclaimed.record(id) else {
            throw SwitchyardError(
                .deviceNotFound,
                "no factory record has this id; `device add` adds a device without one"
            )
        }
        let addition = Addition(
            id: id,
            credential: .key(record.factoryKey),
            name: name,
            facts: DeviceFacts(uiid: DeviceDefaults.uiid),
            isInterfaceChosen: false
        )
        return try await add(addition, to: account, under: nil)
    }
}
