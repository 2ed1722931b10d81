package import CoolkitWire

/// How a device proves at `register` that it is the one that was added.
package enum DeviceCredential: Hashable, Sendable {
    /// By its own apikey, which is known.
    case key(APIKey)
    /// By any apikey with this digest: an app added the device without telling the key. The first one that fits is kept, and from
    /// then on only that one counts.
    ///
    /// Source: `coolkit-v2-http.md` §4.2, the last rule.
    case awaited(KeyDigest)

    /// The apikey; nil as long as it is not known.
    package var key: APIKey? {
        switch self {
        case .key(let key): key
        case .awaited: nil
        }
    }

    /// Whether this is the apikey of the device with this id.
    package func admits(_ key: APIKey, of id: DeviceID) -> Bool {
        switch self {
        case .key(let known): ConstantTime.areEqual(known.rawValue, key.rawValue)
        case .awaited(let digest): digest.fits(key, of: id)
        }
    }
}

/// The `digest` of version 2: SHA-256 of deviceid and apikey, 64 lower-case hex characters.
///
/// Source: `coolkit-v2-http.md` §4.2, `test-vectors.md` §7.
package struct KeyDigest: Hashable, Sendable {
    package let rawValue: String

    /// Takes 64 hex characters in either case.
    package init?(_ text: String) {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            return nil
        }
        rawValue = text.lowercased()
    }

    /// The digest of this apikey.
    package init(of key: APIKey, and id: DeviceID) {
        rawValue = DeviceDigest.addDevice(deviceID: id, apiKey: key)
    }

    /// Whether it is the digest of this apikey; in constant time.
    package func fits(_ key: APIKey, of id: DeviceID) -> Bool {
        ConstantTime.areEqual(rawValue, KeyDigest(of: key, and: id).rawValue)
    }
}

extension Device {
    /// The device's own secret; apps know it as `devicekey`.
    ///
    /// Nil until a device that was added by its digest has registered.
    package var factoryKey: APIKey? { credential.key }
}

extension LiveDevice {
    /// What stays of the device when it is deleted; nil for one that has nothing to forget: it has never registered, or is
    /// behind a gateway and never will.
    ///
    /// Source: `coolkit-websocket.md` §4, error 415.
    func memory(at time: UnixTime) -> DeletedDevice? {
        let device = self.device
        guard gateway == nil, let key = device.factoryKey else { return nil }
        return DeletedDevice(id: id, factoryKey: key, owner: device.owner, timesTold: 0, deletedAt: time)
    }
}
