package import CoolkitWire

/// What is known of a device from its making, whether an account has it or not: the operator's list, or what an unknown device
/// told when it dialled in.
///
/// Source of the fields: `coolkit-device-side.md` §1.
package struct FactoryRecord: Hashable, Sendable {
    /// Where a record comes from.
    package enum Source: String, Sendable, CaseIterable {
        /// The operator entered it: it binds, whoever adds the device has to know its apikey.
        case `operator`
        /// The device dialled in by itself (`autoAdopt`): anybody could have been that.
        case adopted
    }

    package let id: DeviceID
    /// The device's own apikey.
    package var factoryKey: APIKey
    /// May be empty, as may `chipID`.
    package var model: String
    /// The user interface that apps draw; nil when it is not known.
    package var uiid: Int?
    package var chipID: String
    package var source: Source
    package let createdAt: UnixTime
    /// Its last `register` while no account had it.
    package var lastSeenAt: UnixTime?
    /// Where that came from; empty when there was none.
    package var address: String

    package init(
        id: DeviceID,
        factoryKey: APIKey,
        model: String = "",
        uiid: Int? = nil,
        chipID: String = "",
        source: Source,
        createdAt: UnixTime,
        lastSeenAt: UnixTime? = nil,
        address: String = ""
    ) {
        self.id = id
        self.factoryKey = factoryKey
        self.model = model
        self.uiid = uiid
        self.chipID = chipID
        self.source = source
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.address = address
    }

    /// The id with which its QR code names it.
    ///
    /// Source: `test-vectors.md` §7.
    package var gsmID: String { DeviceDigest.gsm(deviceID: id, apiKey: factoryKey) }
}
