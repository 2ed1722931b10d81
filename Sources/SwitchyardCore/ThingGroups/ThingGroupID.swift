package import CoolkitWire

/// Names a group of version 2, devices that are switched together: 24 lower-case hex characters.
///
/// Not the `GroupID` of version 1, which names a folder of devices.
package struct ThingGroupID: Hashable, Sendable, CustomStringConvertible {
    package let objectID: ObjectID

    package init(_ objectID: ObjectID) { self.objectID = objectID }

    package init?(_ text: String) {
        guard let objectID = ObjectID(text) else { return nil }
        self.objectID = objectID
    }

    /// A new name.
    package static func random(at time: UnixTime) -> ThingGroupID { ThingGroupID(.random(at: time)) }

    package var description: String { objectID.description }
}
