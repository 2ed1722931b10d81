package import CoolkitWire

extension DeviceService {
    /// What the tags of one device may take up as JSON.
    package static let maximumTagBytes = 8_192
    /// The longest name of a tag.
    package static let maximumTagNameBytes = 64
    /// App ids that one device may be associated with.
    package static let maximumApplications = 64

    // MARK: For the owner

    /// Puts a value under a name into the device's `tags`, in the place of an older one.
    ///
    /// Source: `coolkit-v1-http.md` §3.7.
    /// - Parameter value: an object or an array; it is kept as it came.
    /// - Throws: `deviceNotFound`, `forbidden` (to others who see the device), `invalidInput`, `storageFailed`.
    package func setTag(
        _ name: String,
        to value: JSON,
        of id: DeviceID,
        by account: AccountID
    ) async throws(SwitchyardError) {
        _ = try liveDevice(id, ownedBy: account)
        guard (1...Self.maximumTagNameBytes).contains(name.utf8.count) else {
            throw SwitchyardError(.invalidInput, "params is error: key has 1 to \(Self.maximumTagNameBytes) bytes")
        }
        guard value.objectValue != nil || value.arrayValue != nil else {
            throw SwitchyardError(.invalidInput, "params is error: value is no object and no array")
        }
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let live = try liveDevice(id, ownedBy: account)
            var change = DeviceChange()
            change.tags = try Self.tags(live.device.tags, with: name, value)
            _ = try await apply(change, to: live)
        }
    }

    /// What becomes of tags that a call does not name.
    package enum TagChange: String, Sendable {
        case replace
        case merge
    }

    /// Puts tags in the place of all that the device has, or of those with the same names.
    ///
    /// Unlike ``setTag(_:to:of:by:)`` it takes values of any kind. Source: `coolkit-v2-http.md` §4.2.
    /// - Throws: `deviceNotFound`, `forbidden` (to others who see the device), `invalidInput`, `storageFailed`.
    package func setTags(
        _ tags: JSONObject,
        as kind: TagChange,
        of id: DeviceID,
        by account: AccountID
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        _ = try liveDevice(id, ownedBy: account)
        guard tags.keys.allSatisfy({ (1...Self.maximumTagNameBytes).contains($0.utf8.count) && !$0.utf8.contains(0) })
        else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: the name of a tag has 1 to \(Self.maximumTagNameBytes) bytes"
            )
        }
        return try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let live = try liveDevice(id, ownedBy: account)
            var merged = kind == .merge ? live.device.tags : JSONObject()
            for (name, value) in tags { merged[name] = value }
            var change = DeviceChange()
            change.tags = try Self.checked(tags: merged)
            return try await apply(change, to: live)
        }
    }

    private static func tags(
        _ tags: JSONObject,
        with name: String,
        _ value: JSON
    ) throws(SwitchyardError) -> JSONObject {
        var tags = tags
        tags[name] = value
        return try checked(tags: tags)
    }

    private static func checked(tags: JSONObject) throws(SwitchyardError) -> JSONObject {
        guard JSON.object(tags).text.utf8.count <= maximumTagBytes else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: the tags of a device have at most \(maximumTagBytes) bytes"
            )
        }
        return tags
    }

    /// Gives a device another name, or puts it into another room of the account's, or both; what is nil stays.
    ///
    /// The room is the account's own matter, so the receiver of a share may choose one; the name is the owner's. Source:
    /// `coolkit-v2-http.md` §4.2.
    /// - Throws: `deviceNotFound`, `forbidden` (another name by a receiver), `notFound` (the room), `invalidInput` (neither, or no
    ///   name), `storageFailed`; then nothing has changed.
    package func updateInfo(
        of id: DeviceID,
        name: String?,
        room: RoomID?,
        by account: AccountID
    ) async throws(SwitchyardError) {
        let isOwner = try liveDevice(id, visibleTo: account).isOwned(by: account)
        guard name != nil || room != nil else {
            throw SwitchyardError(.invalidInput, "params incomplete: name or roomid")
        }
        if !isOwner, name == nil, let room {
            _ = try await homes.put(.device(id), Placement(room: room), for: account)
            return
        }
        _ = try liveDevice(id, ownedBy: account)
        var change = DeviceChange()
        if let name {
            guard let checked = try Self.checked(name: name) else {
                throw SwitchyardError(.invalidInput, "params incomplete: name")
            }
            change.name = checked
        }
        change.place = room.map { .init(account: account, placement: Placement(room: $0)) }
        let checked = change
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            _ = try await apply(checked, to: try liveDevice(id, ownedBy: account))
        }
    }

    /// Devices whose settings one call changes.
    package static let maximumDevicesAtOnce = 100

    /// Changes some settings of some devices; what is not named stays.
    ///
    /// Nothing changes when one of them is not the account's own, or could not take the settings. Source: `coolkit-v2-http.md` §4.2.
    /// - Throws: `deviceNotFound`, `forbidden` (to others who see the device), `invalidInput`, `storageFailed`.
    package func setSettings(
        _ part: JSONObject,
        of ids: [DeviceID],
        by account: AccountID
    ) async throws(SwitchyardError) -> [DeviceSnapshot] {
        guard (1...Self.maximumDevicesAtOnce).contains(ids.count), Set(ids).count == ids.count else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: 1 to \(Self.maximumDevicesAtOnce) devices, each of them once"
            )
        }
        for id in ids {
            var settings = try liveDevice(id, ownedBy: account).device.settings
            try settings.merge(part)
        }
        var changed: [DeviceSnapshot] = []
        for id in ids { changed.append(try await setSettings(part, of: id, by: account)) }
        return changed
    }

    private func setSettings(
        _ part: JSONObject,
        of id: DeviceID,
        by account: AccountID
    ) async throws(SwitchyardError) -> DeviceSnapshot {
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let live = try liveDevice(id, ownedBy: account)
            var change = DeviceChange()
            var settings = live.device.settings
            try settings.merge(part)
            change.settings = settings
            return try await apply(change, to: live)
        }
    }

    // MARK: For the operator

    /// What the operator changes of a device; what is nil stays.
    package struct Adjustment: Sendable {
        package var name: String?
        package var uiid: Int?
        package var ackByUpdate: Bool?
        /// The outer nil leaves it, the inner one has the romVersion decide.
        package var fullSwitchesArray: Bool??
        package var settings: [DeviceSetting: Bool] = [:]
        package var addedApplications: Set<AppID> = []
        package var removedApplications: Set<AppID> = []

        package init() {}
    }

    /// Changes a device of whatever account.
    ///
    /// Throws `deviceNotFound`, `invalidInput`, `storageFailed`.
    package func adjust(_ id: DeviceID, _ adjustment: Adjustment) async throws(SwitchyardError) -> DeviceSnapshot {
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            guard let live = registry.device(id) else {
                throw SwitchyardError(.deviceNotFound, "no device has this id")
            }
            return try await apply(try Self.change(of: live.device, by: adjustment), to: live)
        }
    }

    private static func change(
        of device: Device,
        by adjustment: Adjustment
    ) throws(SwitchyardError) -> DeviceChange {
        var change = DeviceChange()
        if let name = adjustment.name {
            guard let name = try checked(name: name) else {
                throw SwitchyardError(.invalidInput, "a name is not empty")
            }
            change.name = name
        }
        change.uiid = adjustment.uiid
        var options = device.options
        if let ackByUpdate = adjustment.ackByUpdate { options.ackByUpdate = ackByUpdate }
        if let fullSwitchesArray = adjustment.fullSwitchesArray { options.fullSwitchesArray = fullSwitchesArray }
        change.options = options
        var settings = device.settings
        for (setting, isOn) in adjustment.settings { settings[setting] = isOn }
        change.settings = settings
        let applications = device.applications.union(adjustment.addedApplications)
            .subtracting(adjustment.removedApplications)
        guard applications.count <= maximumApplications else {
            throw SwitchyardError(.invalidInput, "a device is associated with at most \(maximumApplications) app ids")
        }
        change.applications = applications
        return change
    }

    // MARK: For the device

    /// Takes over the model that a device tells at dispatch, if its apikey is right and no model is known of it.
    ///
    /// What the store refuses is known until a restart, and told again after it.
    /// Source: `uiid-catalogue.md` §11 (b), `coolkit-v1-http.md` §5.3.
    /// - Returns: false when the apikey is another one than the device's.
    @discardableResult
    package func learn(fromDispatchOf registration: DeviceRegistration) async throws(SwitchyardError) -> Bool {
        guard untaught(registration.id) != nil else { return true }
        guard mayTeach(registration) != nil else { return false }
        try await turns.withTurn(of: registration.id) { () async throws(SwitchyardError) in
            guard let live = mayTeach(registration) else { return }
            guard live.learn(from: registration) else { return }
            let device = live.device
            try await store.saveFacts(device.facts, key: device.factoryKey, of: live.id)
        }
        return true
    }

    private func mayTeach(_ registration: DeviceRegistration) -> LiveDevice? {
        guard let live = untaught(registration.id),
            live.device.credential.admits(registration.factoryKey, of: registration.id)
        else { return nil }
        return live
    }

    /// The device, if its model is not known.
    ///
    /// A sub-device speaks through its gateway, whose key it has.
    private func untaught(_ id: DeviceID) -> LiveDevice? {
        guard let live = registry.device(id), live.gateway == nil, live.device.facts.model.isEmpty else { return nil }
        return live
    }
}
