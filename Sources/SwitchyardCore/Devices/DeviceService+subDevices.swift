package import CoolkitWire

/// Sub-devices: reached through a gateway, listed by it, and gone with it.
///
/// Source: `coolkit-websocket.md` §5 (`reportSubDevice`), `uiid-catalogue.md` §8, §9.
extension DeviceService {
    /// Whether a gateway's list can be taken over as a whole: the list is refused rather than half taken.
    ///
    /// - Throws: `forbidden` when it names a device that is not behind this gateway, `invalidInput` when it names the gateway
    ///   itself, comes from a sub-device or is longer than a gateway's list may be.
    package func check(_ report: SubDeviceReport, from gateway: LiveDevice) throws(SwitchyardError) {
        guard gateway.gateway == nil else {
            throw SwitchyardError(.invalidInput, "a sub-device has no sub-devices")
        }
        var newcomers = 0
        for entry in report.entries {
            guard entry.id != gateway.id else {
                throw SwitchyardError(.invalidInput, "a gateway is not its own sub-device")
            }
            guard let known = registry.device(entry.id) else {
                newcomers += 1
                continue
            }
            guard known.gateway === gateway else { throw SwitchyardError(.forbidden, "not behind this gateway") }
        }
        guard newcomers > 0 else { return }
        guard registry.subDevices(of: gateway.id).count + newcomers <= settings.maximumSubDevicesPerGateway else {
            throw SwitchyardError(.invalidInput, "the gateway has as many sub-devices as it may have")
        }
        let owned = registry.devices(of: gateway.ownership.owner).count
        guard owned + newcomers <= settings.maximumDevicesPerAccount else {
            throw SwitchyardError(.invalidInput, "the account has as many devices as it may have")
        }
    }

    /// Takes over a gateway's list: what is new becomes a device of the owner, what is known gets its uiid.
    ///
    /// A sub-device that the list does not name stays: lists may be partial.
    package func take(_ report: SubDeviceReport, from gateway: LiveDevice) async throws(SwitchyardError) {
        try check(report, from: gateway)
        for entry in report.entries { try await take(entry, behind: gateway) }
    }

    private func take(_ entry: SubDeviceReport.Entry, behind gateway: LiveDevice) async throws(SwitchyardError) {
        if registry.device(entry.id) == nil { try await create(entry, behind: gateway) }
        try await refresh(entry)
    }

    private func create(_ entry: SubDeviceReport.Entry, behind gateway: LiveDevice) async throws(SwitchyardError) {
        guard let owner = try await store.account(gateway.ownership.owner) else {
            throw SwitchyardError(.accountNotFound, "the gateway's owner is gone")
        }
        // Nobody knows this key: a sub-device has no connection of its own to show it on.
        let addition = Addition(
            id: entry.id,
            credential: .key(APIKey(unchecked: RandomText.uuid())),
            facts: DeviceFacts(uiid: entry.uiid ?? DeviceDefaults.uiid),
            isInterfaceChosen: false,
            params: Self.firstParams(behind: gateway.id),
            parent: gateway.id
        )
        _ = try await add(addition, to: owner, under: nil)
    }

    private func refresh(_ entry: SubDeviceReport.Entry) async throws(SwitchyardError) {
        guard let live = registry.device(entry.id) else { return }
        if let uiid = entry.uiid { try await change(uiid: uiid, of: live) }
        guard let isReachable = entry.isReachable,
            let presence = live.setReachable(isReachable, at: clock.now)
        else { return }
        bus.publish(.presenceChanged(presence))
    }

    private func change(uiid: Int, of live: LiveDevice) async throws(SwitchyardError) {
        let device = live.device
        var facts = device.facts
        guard facts.uiid != uiid, !device.isInterfaceChosen else { return }
        facts.uiid = uiid
        try await store.saveFacts(facts, key: nil, of: live.id)
        live.update { $0.facts.uiid = uiid }
    }

    /// `params` of a sub-device that has not reported yet.
    package static func firstParams(behind gateway: DeviceID) -> [UInt8] {
        let params: JSON = ["parentid": .string(gateway.rawValue)]
        return Array(params.text.utf8)
    }

    /// The gateway of a sub-device that is added to this account; nil for any other device.
    ///
    /// Throws `deviceNotFound` when the account has no such gateway, `busy` when that has as many sub-devices as it may have.
    func gateway(of addition: Addition, owner: AccountID) throws(SwitchyardError) -> LiveDevice? {
        guard let parent = addition.parent else { return nil }
        guard parent != addition.id, let gateway = registry.device(parent), gateway.isOwned(by: owner),
            gateway.gateway == nil
        else { throw SwitchyardError(.deviceNotFound, "the gateway was not found") }
        guard registry.subDevices(of: parent).count < settings.maximumSubDevicesPerGateway else {
            throw SwitchyardError(.busy, "the gateway has as many sub-devices as it may have")
        }
        return gateway
    }

    /// Takes the sub-devices of a removed gateway out of the registry; the store has dropped them with it.
    func removeSubDevices(of gateway: DeviceID, owner: AccountID) {
        for live in registry.subDevices(of: gateway) {
            let ended = registry.remove(live.id, leaving: nil)
            bus.publish(.deviceRemoved(live.id, owner: owner))
            for change in ended { bus.publish(.shareChanged(change)) }
        }
    }
}
