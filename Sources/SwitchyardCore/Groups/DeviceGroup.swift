package import CoolkitWire

/// Names a group: 32 lower-case hex characters.
///
/// Source: `coolkit-v1-http.md` §4 ("32-digit uuid").
package struct GroupID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Takes 32 hex characters in either case.
    package init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            return nil
        }
        rawValue = text.lowercased()
    }

    private init(unchecked rawValue: String) { self.rawValue = rawValue }

    package static func random() -> GroupID { GroupID(unchecked: RandomText.hex(bytes: 16)) }

    package var description: String { rawValue }
}

/// A group of devices, as one account sees them.
package struct DeviceGroup: Hashable, Sendable {
    package let id: GroupID
    package let account: AccountID
    /// At most 128 bytes.
    package var name: String
    /// Where apps show it, from 1; unique within the account.
    package var index: Int
    package let createdAt: UnixTime

    package init(id: GroupID, account: AccountID, name: String, index: Int, createdAt: UnixTime) {
        self.id = id
        self.account = account
        self.name = name
        self.index = index
        self.createdAt = createdAt
    }
}

/// Where a group is put among those of its account.
///
/// Source: `coolkit-v1-http.md` §4, "index rule".
package enum GroupPlace: Hashable, Sendable {
    /// Behind all others.
    case last
    /// At this index; a group that has it, and all later ones, move up by one.
    case at(Int)
}

/// A device that is put into a group, taken out of one, or both.
///
/// Source: `coolkit-v1-http.md` §4.
package struct GroupMove: Hashable, Sendable {
    package let device: DeviceID
    /// The group it leaves.
    package let source: GroupID?
    /// The group it comes into.
    package let target: GroupID?
    /// `type` 0: it stays in its other groups; `type` 1: it is in `target` alone.
    package let keepsOthers: Bool

    package init(device: DeviceID, source: GroupID?, target: GroupID?, keepsOthers: Bool) {
        self.device = device
        self.source = source
        self.target = target
        self.keepsOthers = keepsOthers
    }
}
