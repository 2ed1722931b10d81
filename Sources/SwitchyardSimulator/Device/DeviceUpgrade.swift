package import CoolkitWire

/// The images that an `upgrade` offers, and by what their download is proven.
///
/// Source: `coolkit-device-side.md` §7, `coolkit-websocket.md` §6.4.
package struct UpgradeRequest: Sendable, Hashable {
    package struct Image: Sendable, Hashable {
        package let url: String
        /// SHA-256 of the file in hexadecimal.
        package let digest: String
        package let name: String
    }

    /// The most entries of a `binList`.
    static let maximumImages = 8

    package let deviceID: DeviceID
    package let factoryKey: APIKey
    package let model: String
    package let version: String
    package let images: [Image]
    /// The wall time by the device's clock, which goes into the signature.
    package let timestamp: Int64

    /// Reads the `params` of the command; `nil` when they are not what a device needs.
    ///
    /// - Parameter needsBoth: whether there must be an image for each flash half.
    init?(
        _ params: JSON?,
        identity: SimulatedDeviceIdentity,
        needsBoth: Bool,
        timestamp: Int64
    ) {
        guard let model = params?["model"]?.stringValue, let version = params?["version"]?.stringValue,
            !version.isEmpty, let list = params?["binList"]?.arrayValue, (1...Self.maximumImages).contains(list.count)
        else { return nil }
        let images = list.compactMap { image -> Image? in
            guard let url = image["downloadUrl"]?.stringValue, let digest = image["digest"]?.stringValue,
                let name = image["name"]?.stringValue
            else { return nil }
            return Image(url: url, digest: digest, name: name)
        }
        let names = Set(images.map(\.name))
        guard images.count == list.count, !needsBoth || names.isSuperset(of: ["user1.bin", "user2.bin"]) else {
            return nil
        }
        self.init(identity, model: model, version: version, images: images, timestamp: timestamp)
    }

    /// What an HTTPS sensor reads in the answer to its report.
    ///
    /// Source: `coolkit-v1-http.md` §6.1.
    init?(sensorAnswer answer: JSONObject, identity: SimulatedDeviceIdentity, timestamp: Int64) {
        guard let upgrade = answer["upgrade"], let url = upgrade["downloadUrl"]?.stringValue,
            let digest = upgrade["digest"]?.stringValue
        else { return nil }
        let image = Image(url: url, digest: digest, name: upgrade["name"]?.stringValue ?? "user1.bin")
        let version = upgrade["version"]?.stringValue ?? String(digest.prefix(8))
        self.init(identity, model: identity.model, version: version, images: [image], timestamp: timestamp)
    }

    private init(
        _ identity: SimulatedDeviceIdentity,
        model: String,
        version: String,
        images: [Image],
        timestamp: Int64
    ) {
        deviceID = identity.deviceID
        factoryKey = identity.factoryKey
        self.model = model
        self.version = version
        self.images = images
        self.timestamp = timestamp
    }
}

/// The OTA of a device that is online.
extension DeviceBehaviour {
    /// Takes the command `upgrade`.
    mutating func upgrade(_ message: JSONObject, sequence: JSON?, owner: APIKey, at now: Duration) -> [DeviceAction] {
        let request = UpgradeRequest(
            message["params"],
            identity: identity,
            needsBoth: firmware != .opl,
            timestamp: wall(at: now).seconds
        )
        guard let request, pendingUpgrade == nil, message["deviceid"]?.stringValue == identity.deviceID.rawValue else {
            return refusal(of: message, sequence: sequence, owner: owner)
        }
        // Source: `coolkit-device-side.md` §7: the link drops while the message for another model is being received.
        guard request.model == identity.model else {
            return reconnect(because: "the upgrade is for model \(request.model)", at: now)
        }
        pendingUpgrade = PendingUpgrade(version: request.version, sequence: sequence)
        return [.tell(.upgrading(version: request.version)), .download(request)]
    }

    /// Acknowledges, and starts anew with what was downloaded.
    ///
    /// Source: `coolkit-device-side.md` §7: 404 means a failed download; the result shows in `fwVersion`.
    mutating func downloaded(failure: String?, at now: Duration) -> [DeviceAction] {
        guard let upgrade = pendingUpgrade else { return [] }
        pendingUpgrade = nil
        let code = failure == nil ? WireCode.ok : .notFound
        var actions: [DeviceAction] = []
        if phase == .online, let owner {
            actions = [.send(messages.answer(code.rawValue, sequence: upgrade.sequence, owner: owner))]
        }
        if let failure { return actions + [.tell(.upgradeFailed(reason: failure))] }
        messages.identity.romVersion = upgrade.version
        unit.hardware.keep("fwVersion", .string(upgrade.version))
        unit.hardware.keep("only_device", ["ota": "success"])
        unit.hardware.powerUp(at: moment(now))
        actions.append(.tell(.upgraded(version: upgrade.version)))
        // While the link is down the new version shows when it comes back.
        guard phase == .online else { return actions }
        return actions
            + reconnect(because: "starting version \(upgrade.version)", at: now, after: settings.rebootTime)
    }
}

/// An upgrade whose images are being fetched.
struct PendingUpgrade: Sendable {
    let version: String
    let sequence: JSON?
}
