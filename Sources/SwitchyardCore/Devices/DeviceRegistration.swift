package import CoolkitWire

/// What a device says of itself in `register`.
///
/// Source: `coolkit-websocket.md` §4.
package struct DeviceRegistration: Sendable {
    package let id: DeviceID
    package let factoryKey: APIKey
    /// The version of the protocol; nil when it sent none.
    package let version: Int?
    package let mac: String?
    package let chipID: String?
    package let model: String?
    package let romVersion: String?

    package init(
        id: DeviceID,
        factoryKey: APIKey,
        version: Int?,
        mac: String? = nil,
        chipID: String? = nil,
        model: String? = nil,
        romVersion: String? = nil
    ) {
        self.id = id
        self.factoryKey = factoryKey
        self.version = version
        self.mac = mac
        self.chipID = chipID
        self.model = model
        self.romVersion = romVersion
    }
}

/// What becomes of a `register`.
package enum RegistrationDecision: Sendable {
    case accepted(LiveDevice)
    /// Wrong factory apikey (or none that has the awaited digest) or chipid: 403.
    case refused
    /// Deleted, told the third time or less: 415.
    case deleted(timesTold: Int)
    /// Deleted and told often enough, or too old to understand 415: 404.
    case forgotten
    /// Not in any account: held for `registerHold`, then 404.
    case unknown
}

extension DeviceRegistry {
    /// How often a deleted device hears 415 before it hears 404, and from which protocol version on.
    private static let deletionNotices = 3
    private static let deletionNoticeVersion = 7

    /// Decides on a `register`.
    ///
    /// Source of the numbers: `coolkit-websocket.md` §4.
    ///
    /// - Parameter strictChipID: refuse a device that does not send the chipid which is known of it.
    package func decide(_ registration: DeviceRegistration, strictChipID: Bool) -> RegistrationDecision {
        if let device = device(registration.id) {
            // What is reached through a gateway has no connection of its own.
            guard device.gateway == nil else { return .refused }
            let known = device.device
            guard known.credential.admits(registration.factoryKey, of: registration.id) else { return .refused }
            if let chipID = registration.chipID {
                guard known.facts.chipID.isEmpty || known.facts.chipID == chipID else { return .refused }
            } else if strictChipID, let version = registration.version, version >= 8 {
                return .refused
            }
            return .accepted(device)
        }
        guard let memory = deletedDevice(registration.id),
            ConstantTime.areEqual(memory.factoryKey.rawValue, registration.factoryKey.rawValue)
        else { return .unknown }
        guard let version = registration.version, version >= Self.deletionNoticeVersion,
            let told = countTold(registration.id, upTo: Self.deletionNotices)
        else { return .forgotten }
        return .deleted(timesTold: told)
    }
}

extension LiveDevice {
    /// Takes over what `register` told of the device, and its apikey if that was not known.
    ///
    /// True when something new was learned and has to be stored.
    package func learn(from registration: DeviceRegistration) -> Bool {
        var isNew = false
        update { device in
            let before = device.facts
            if let mac = registration.mac, !mac.isEmpty { device.facts.mac = mac }
            if let chipID = registration.chipID, device.facts.chipID.isEmpty { device.facts.chipID = chipID }
            if let model = registration.model, !model.isEmpty {
                if model != before.model { device.guessInterface(DeviceDefaults.uiid(model: model)) }
                device.facts.model = model
            }
            if let romVersion = registration.romVersion, !romVersion.isEmpty { device.facts.romVersion = romVersion }
            isNew = device.facts != before
            guard case .awaited(let digest) = device.credential, digest.fits(registration.factoryKey, of: id) else {
                return
            }
            device.credential = .key(registration.factoryKey)
            isNew = true
        }
        return isNew
    }
}

extension Device {
    /// Takes over a guess of the uiid, unless somebody has chosen it; nil guesses nothing.
    ///
    /// True when it changed something.
    @discardableResult
    mutating func guessInterface(_ uiid: Int?) -> Bool {
        guard let uiid, !isInterfaceChosen, facts.uiid != uiid else { return false }
        facts.uiid = uiid
        return true
    }

    /// Takes over what the first full report suggests, where no model has suggested anything.
    ///
    /// Source of the order: `uiid-catalogue.md` §11.
    mutating func guessInterface(reporting params: ParamsDocument) -> Bool {
        guard DeviceDefaults.uiid(model: facts.model) == nil, facts.uiid == DeviceDefaults.uiid else { return false }
        return guessInterface(DeviceDefaults.uiid(reporting: params))
    }
}
