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

/// The things of one home, by index.
package struct HomeView: Sendable {
    package let home: HomeID
    package let things: [ThingView]
}
