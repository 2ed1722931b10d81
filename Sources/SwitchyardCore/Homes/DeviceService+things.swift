package import CoolkitWire

/// Devices and groups as things of an account's homes.
///
/// A list is made of three looks at the store, whatever its length: the places, the groups, and none for a device, as
/// devices are in memory. What has gone between two of these looks is left out.
/// Source: `coolkit-v2-http.md` §3, §4.1.
extension DeviceService {
    /// The things of a home, with nil of the current one; with `restrictDevicesToAppid` only the devices that were added under
    /// `appID` or are associated with it.
    ///
    /// Throws `notFound`.
    package func things(
        in home: HomeID?,
        visibleTo account: AccountID,
        through appID: AppID
    ) async throws(SwitchyardError) -> HomeView {
        let contents = try await homes.contents(of: home, for: account)
        let index = try await groupIndex(of: account)
        let things = contents.things.compactMap { view(of: $0, for: account, index) }
        return HomeView(home: contents.home, things: things.filter { isListed($0, through: appID) })
    }

    /// These things in this order; those that the account does not see are left out, and so are devices as above.
    package func things(
        _ ids: [ThingID],
        visibleTo account: AccountID,
        through appID: AppID
    ) async throws(SwitchyardError) -> [ThingView] {
        try await things(ids, visibleTo: account).filter { isListed($0, through: appID) }
    }

    /// These things in this order; those that the account does not see are left out.
    package func things(
        _ ids: [ThingID],
        visibleTo account: AccountID
    ) async throws(SwitchyardError) -> [ThingView] {
        let places = try await homes.places(of: ids, for: account)
        guard !places.isEmpty else { return [] }
        let index = try await groupIndex(of: account)
        return ids.compactMap { id in
            places[id].flatMap { view(of: PlacedThing(thing: id, place: $0), for: account, index) }
        }
    }

    /// One thing.
    ///
    /// Throws `deviceNotFound`, and `notFound` for a group.
    package func thing(_ id: ThingID, visibleTo account: AccountID) async throws(SwitchyardError) -> ThingView {
        if let view = try await things([id], visibleTo: account).first { return view }
        switch id {
        case .device: throw Self.notFound
        case .group: throw HomeService.noThing
        }
    }

    /// A thing that was listed, as it is now; nil when the account does not see it any more.
    package func thing(
        _ listed: ListedThing,
        visibleTo account: AccountID
    ) async throws(SwitchyardError) -> ThingView? {
        switch listed.id {
        case .device(let id):
            return deviceIfVisible(id, to: account).map {
                ThingView(content: .device($0, groups: listed.groups), place: listed.place)
            }
        case .group(let id):
            guard let group = try await store.thingGroup(id, of: account) else { return nil }
            return ThingView(content: .group(group), place: listed.place)
        }
    }

    /// The groups of an account, and which device is in which.
    private struct GroupIndex {
        var groups: [ThingGroupID: ThingGroup] = [:]
        var memberships: [DeviceID: [ThingGroupID]] = [:]
    }

    private func groupIndex(of account: AccountID) async throws(SwitchyardError) -> GroupIndex {
        var index = GroupIndex()
        for group in try await store.thingGroups(of: account) {
            index.groups[group.id] = group
            for member in group.members { index.memberships[member, default: []].append(group.id) }
        }
        return index
    }

    private func view(of placed: PlacedThing, for account: AccountID, _ index: GroupIndex) -> ThingView? {
        switch placed.thing {
        case .device(let id):
            guard let live = registry.device(id), let snapshot = view(of: live, for: account) else { return nil }
            let content = ThingView.Content.device(snapshot, groups: index.memberships[id] ?? [])
            return ThingView(content: content, place: placed.place)
        case .group(let id):
            return index.groups[id].map { ThingView(content: .group($0), place: placed.place) }
        }
    }

    private func isListed(_ thing: ThingView, through appID: AppID) -> Bool {
        switch thing.content {
        case .device(let snapshot, _): isListed(snapshot.device, through: appID)
        case .group: true
        }
    }
}
