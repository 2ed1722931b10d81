package import CoolkitWire

/// A group of version 2: devices of one account that are switched together, as if they were one.
///
/// Source: `coolkit-v2-http.md` §3 (item type 3), §4.2.
package struct ThingGroup: Hashable, Sendable {
    /// The characters that a name may have.
    ///
    /// Source: `coolkit-v2-http.md` §4.2.
    package static let maximumNameCharacters = 50
    /// The devices that a group may have, so that a command for it is a bounded number of commands.
    package static let maximumMembers = 64

    package let id: ThingGroupID
    package let owner: AccountID
    /// 1 to 50 characters.
    package var name: String
    /// What the group looks and works like: its members have the same uiid.
    ///
    /// Without this device there is no group.
    package let mainDevice: DeviceID
    /// In the order in which apps named them, the main device first.
    package var members: [DeviceID]
    /// What was last sent to the group, a JSON object in UTF-8, compact, at most 64 KiB.
    package var params: [UInt8]
    package let createdAt: UnixTime

    package init(
        id: ThingGroupID,
        owner: AccountID,
        name: String,
        mainDevice: DeviceID,
        members: [DeviceID],
        params: [UInt8] = Array("{}".utf8),
        createdAt: UnixTime
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.mainDevice = mainDevice
        self.members = members
        self.params = params
        self.createdAt = createdAt
    }
}

/// What is changed of a group; what is nil stays.
package struct ThingGroupChange: Hashable, Sendable {
    package var name: String?
    package var members: [DeviceID]?
    package var params: [UInt8]?

    package init(name: String? = nil, members: [DeviceID]? = nil, params: [UInt8]? = nil) {
        self.name = name
        self.members = members
        self.params = params
    }
}
