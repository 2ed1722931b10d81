package import CoolkitWire

/// A device as its owner added it: everything about it that is neither live nor reported state.
///
/// Source of the fields: `coolkit-v1-http.md` §1.6.
package struct Device: Hashable, Sendable {
    package let id: DeviceID
    /// `_id` of the device object.
    package let objectID: ObjectID
    /// `extra._id`, the reference to the factory record.
    package let factoryRecordID: ObjectID
    package let owner: AccountID
    /// The owner's `apikey`: in every message of the device from `register` on.
    package let ownerAPIKey: APIKey
    /// How it proves who it is: by its own apikey, as soon as that is known.
    package var credential: DeviceCredential
    /// Name given by the owner, at most 128 bytes.
    package var name: String
    /// What the device is made of; refined by what it tells at `register`.
    package var facts: DeviceFacts
    package var options: DeviceOptions
    /// The gateway that a sub-device is reached through; nil for a device with a connection of its own.
    package let parent: DeviceID?
    /// The uiid is the word of the operator or of a factory record: nothing that the device says changes it.
    package var isInterfaceChosen: Bool
    package var settings = DeviceSettings()
    /// The free map of the apps, `ck_channel_name` and the like; at most 8 KiB.
    package var tags = JSONObject()
    /// The app ids with which the operator has associated it, or under which it was added again.
    package var applications: Set<AppID> = []
    /// The appid under which it was added; nil when the operator did.
    package let addedUnder: AppID?
    package let createdAt: UnixTime

    /// - Parameter isInterfaceChosen: nil for what is usual: operators know the uiid, apps do not.
    package init(
        id: DeviceID,
        objectID: ObjectID,
        factoryRecordID: ObjectID,
        owner: AccountID,
        ownerAPIKey: APIKey,
        credential: DeviceCredential,
        name: String,
        facts: DeviceFacts,
        options: DeviceOptions = DeviceOptions(),
        parent: DeviceID? = nil,
        isInterfaceChosen: Bool? = nil,
        addedUnder: AppID?,
        createdAt: UnixTime
    ) {
        self.id = id
        self.objectID = objectID
        self.factoryRecordID = factoryRecordID
        self.owner = owner
        self.ownerAPIKey = ownerAPIKey
        self.credential = credential
        self.name = name
        self.facts = facts
        self.options = options
        self.parent = parent
        self.isInterfaceChosen = isInterfaceChosen ?? (addedUnder == nil)
        self.addedUnder = addedUnder
        self.createdAt = createdAt
    }
}

/// What is known of a device's make; every text may be empty.
package struct DeviceFacts: Hashable, Sendable {
    /// The id of the user interface apps draw, 1 for a single-channel switch.
    ///
    /// See `uiid-catalogue.md`.
    package var uiid: Int
    package var model: String
    package var brandName: String
    package var productModel: String
    package var mac: String
    /// Compared at `register` when both sides know it.
    package var chipID: String
    package var romVersion: String

    package init(
        uiid: Int,
        model: String = "",
        brandName: String = "",
        productModel: String = "",
        mac: String = "",
        chipID: String = "",
        romVersion: String = ""
    ) {
        self.uiid = uiid
        self.model = model
        self.brandName = brandName
        self.productModel = productModel
        self.mac = mac
        self.chipID = chipID
        self.romVersion = romVersion
    }
}

/// The settings that `protocol/README.md` marks D: per device.
package struct DeviceOptions: Hashable, Sendable {
    /// An `update` of the device counts as the ack of a pending command (for emulators).
    package var ackByUpdate: Bool
    /// Commands always carry all outlets; nil: on for a romVersion below 3.
    package var fullSwitchesArray: Bool?

    package init(ackByUpdate: Bool = false, fullSwitchesArray: Bool? = nil) {
        self.ackByUpdate = ackByUpdate
        self.fullSwitchesArray = fullSwitchesArray
    }
}

/// What an owner or the operator changes of a device; what is nil stays.
///
/// Apart from the facts, which the device itself changes at the same time: neither write takes the other one back.
package struct DeviceChange: Hashable, Sendable {
    package var name: String?
    package var credential: DeviceCredential?
    package var chipID: String?
    /// The user interface, by choice.
    package var uiid: Int?
    package var options: DeviceOptions?
    package var settings: DeviceSettings?
    package var tags: JSONObject?
    package var applications: Set<AppID>?
    /// A group of this account, into which the device comes.
    package var group: Membership?
    /// The home and the room where an account gets the device.
    package var place: Relocation?

    /// A group and the account that must have it.
    package struct Membership: Hashable, Sendable {
        package let group: GroupID
        package let account: AccountID

        package init(group: GroupID, account: AccountID) {
            self.group = group
            self.account = account
        }
    }

    /// An account and where it puts the device.
    package struct Relocation: Hashable, Sendable {
        package let account: AccountID
        package let placement: Placement

        package init(account: AccountID, placement: Placement) {
            self.account = account
            self.placement = placement
        }
    }

    package init(name: String? = nil, credential: DeviceCredential? = nil, chipID: String? = nil) {
        self.name = name
        self.credential = credential
        self.chipID = chipID
    }
}

extension Device {
    mutating func apply(_ change: DeviceChange) {
        if let name = change.name { self.name = name }
        if let credential = change.credential { self.credential = credential }
        if let chipID = change.chipID { facts.chipID = chipID }
        if let uiid = change.uiid {
            facts.uiid = uiid
            isInterfaceChosen = true
        }
        if let options = change.options { self.options = options }
        if let settings = change.settings { self.settings = settings }
        if let tags = change.tags { self.tags = tags }
        if let applications = change.applications { self.applications = applications }
    }
}

/// The last known state of a device, as stored: one row, newest revision wins.
package struct DeviceState: Hashable, Sendable {
    package let id: DeviceID
    /// A JSON object in UTF-8, compact; at most 64 KiB.
    package var params: [UInt8]
    package var onlineTime: UnixTime?
    package var offlineTime: UnixTime?
    /// Numeric address of the last connection; empty before the first.
    package var address: String
    /// The last report by HTTPS; nil for a device that never sent one.
    package var lastReport: ReportMark?

    package init(
        id: DeviceID,
        params: [UInt8] = Array("{}".utf8),
        onlineTime: UnixTime? = nil,
        offlineTime: UnixTime? = nil,
        address: String = "",
        lastReport: ReportMark? = nil
    ) {
        self.id = id
        self.params = params
        self.onlineTime = onlineTime
        self.offlineTime = offlineTime
        self.address = address
        self.lastReport = lastReport
    }
}
