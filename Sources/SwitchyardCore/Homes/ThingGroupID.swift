/// Names a group of version 2: 24 lower-case hex characters.
///
/// It has nothing to do with the `GroupID` of version 1, which names a folder of devices.
package struct ThingGroupID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let objectID: ObjectID

    package init(_ objectID: ObjectID) { self.objectID = objectID }

    /// Parses 24 hex characters.
    package init?(_ text: String) {
        guard let objectID = ObjectID(text) else { return nil }
        self.objectID = objectID
    }

    package static func < (left: ThingGroupID, right: ThingGroupID) -> Bool { left.objectID < right.objectID }
    package var description: String { objectID.description }
}
