/// Groups of version 2.
///
/// Groups of other accounts are as good as none. A member leaves with its device and with the share by which the account
/// sees it; a group goes with its main device, and with its account.
package protocol ThingGroupStore: Sendable {
    /// Stores the group with its place. Throws `tooManyGroups` when the account has `limit` groups, `deviceNotFound` when it sees
    /// one of the members not (any more), `accountNotFound`, and `notFound` for a home or a room that is not the account's.
    func createThingGroup(
        _ group: ThingGroup,
        at placement: Placement,
        limit: Int
    ) async throws(SwitchyardError)
    /// Changes what is named, all of it or nothing. Throws `notFound`, `deviceNotFound` as above.
    func changeThingGroup(
        _ id: ThingGroupID,
        of account: AccountID,
        _ change: ThingGroupChange
    ) async throws(SwitchyardError)
    /// Removes the group; its devices stay. Throws `notFound`.
    func removeThingGroup(_ id: ThingGroupID, of account: AccountID) async throws(SwitchyardError)
    /// The account's groups by time of creation.
    func thingGroups(of account: AccountID) async throws(SwitchyardError) -> [ThingGroup]
    func thingGroup(_ id: ThingGroupID, of account: AccountID) async throws(SwitchyardError) -> ThingGroup?
}

extension ThingGroupStore {
    /// The same at the usual place: in front of the other things of the account's current home.
    package func createThingGroup(_ group: ThingGroup, limit: Int) async throws(SwitchyardError) {
        try await createThingGroup(group, at: Placement(), limit: limit)
    }
}
