/// A thing with its place, as one account sees both.
///
/// Source: `coolkit-v2-http.md` §3.
package struct ThingView: Sendable {
    /// What the thing is.
    package enum Content: Sendable {
        /// A device, own or received, with the groups that the account has put it into.
        case device(DeviceSnapshot, groups: [ThingGroupID])
        case group(ThingGroup)
    }

    package let content: Content
    package let place: ThingPlace

    package init(content: Content, place: ThingPlace) {
        self.content = content
        self.place = place
    }
}

/// What stays of a thing that has been listed and is to be looked at again: nothing of its state.
package struct ListedThing: Sendable {
    let id: ThingID
    let groups: [ThingGroupID]
    let place: ThingPlace

    package init(_ view: ThingView) {
        place = view.place
        switch view.content {
        case .device(let snapshot, let groups): (id, self.groups) = (.device(snapshot.device.id), groups)
        case .group(let group): (id, groups) = (.group(group.id), [])
        }
    }
}

/// The things of one home, by index.
package struct HomeView: Sendable {
    package let home: HomeID
    package let things: [ThingView]
}
