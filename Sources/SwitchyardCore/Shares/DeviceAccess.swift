package import CoolkitWire

/// Why an account may see and control a device.
package enum DeviceAccess: Sendable {
    case owner
    /// The device is shared with the account of this apikey.
    case receiver(APIKey, SharePermit)

    package var isOwner: Bool {
        if case .owner = self { true } else { false }
    }

    /// The acting account's apikey when it is not the owner: what `partnerApikey` tells others.
    package var partnerAPIKey: APIKey? {
        if case .receiver(let apiKey, _) = self { apiKey } else { nil }
    }

    /// Whether a message under this apikey may be acted on.
    ///
    /// Source: `coolkit-websocket.md` §6.1 step 4.
    ///
    /// - Parameter isStrict: `strictSharedApikey`, for a shared device the owner's apikey and no other.
    package func admits(_ claim: APIKeyClaim, of device: LiveDevice, isStrict: Bool) -> Bool {
        switch claim {
        case .notAsked: true
        case .other(let text): !isOwner && text == device.ownership.apiKey.rawValue
        case .missing, .own: isOwner || !isStrict
        }
    }
}

/// The `apikey` of a message, as a session sees it.
package enum APIKeyClaim: Hashable, Sendable {
    /// The interface has none.
    case notAsked
    case missing
    /// That of the acting account.
    case own
    /// Any other; empty for what is no text.
    case other(String)
}
