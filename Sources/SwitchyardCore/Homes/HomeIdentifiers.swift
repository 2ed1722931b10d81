package import CoolkitWire

/// Names a home (`family` on the wire): 24 lower-case hex characters.
///
/// Source: `coolkit-v2-http.md` §5.
package struct HomeID: Hashable, Sendable, CustomStringConvertible {
    package let objectID: ObjectID

    package init(_ objectID: ObjectID) { self.objectID = objectID }

    package init?(_ text: String) {
        guard let objectID = ObjectID(text) else { return nil }
        self.objectID = objectID
    }

    /// A new name.
    package static func random(at time: UnixTime) -> HomeID { HomeID(.random(at: time)) }

    package var description: String { objectID.description }
}

/// Names a room of a home: 24 lower-case hex characters.
///
/// Source: `coolkit-v2-http.md` §5.
package struct RoomID: Hashable, Sendable, CustomStringConvertible {
    package let objectID: ObjectID

    package init(_ objectID: ObjectID) { self.objectID = objectID }

    package init?(_ text: String) {
        guard let objectID = ObjectID(text) else { return nil }
        self.objectID = objectID
    }

    /// A new name.
    package static func random(at time: UnixTime) -> RoomID { RoomID(.random(at: time)) }

    package var description: String { objectID.description }
}

/// What stands in a home: a device, own or received, or a group of devices.
///
/// Source: `coolkit-v2-http.md` §3.
package enum ThingID: Hashable, Sendable, CustomStringConvertible {
    case device(DeviceID)
    case group(ThingGroupID)

    /// The id alone, as it stands on the wire.
    package var description: String {
        switch self {
        case .device(let id): id.rawValue
        case .group(let id): id.description
        }
    }
}
