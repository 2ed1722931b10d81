import CoolkitWire
package import NIOCore

extension ThingGroupService {
    /// Keeps params as the group's state, and sends them nowhere.
    ///
    /// Assumption: they are merged, as those of devices are: apps send what has changed. A capture of the original's answer to
    /// two different calls would settle it. Source: `coolkit-v2-http.md` §4.2, "stored only".
    /// - Parameter params: raw JSON, an object.
    /// - Throws: `notFound`, `invalidInput` (no object, or too large a state), `storageFailed`.
    package func setParams(
        _ params: ByteBuffer,
        of id: ThingGroupID,
        by account: AccountID
    ) async throws(SwitchyardError) {
        _ = try await merge(params, into: id, by: account)
    }

    /// Keeps params as the group's state and sends them to every member.
    ///
    /// What becomes of a member's command is of no matter: members may be offline. All are sent at once, at most
    /// ``ThingGroup/maximumMembers``; apps hear of each device's change as always. Source: `coolkit-v2-http.md` §4.2, "sent to
    /// every member, failures ignored".
    /// - Parameter waits: until every member has acked, refused, or let the time for it pass.
    /// - Throws: `notFound`, `invalidInput`, `storageFailed`; then nothing was sent.
    package func send(
        _ params: ByteBuffer,
        to id: ThingGroupID,
        from account: AccountID,
        waits: Bool = true
    ) async throws(SwitchyardError) {
        let group = try await merge(params, into: id, by: account)
        let sent = group.members.compactMap { dispatch(params, to: $0, from: account) }
        guard waits else { return }
        for command in sent { _ = await command.outcome() }
    }

    /// Sends to one member; nil when the account may not (any more).
    private func dispatch(_ params: ByteBuffer, to device: DeviceID, from account: AccountID) -> AwaitedCommand? {
        let awaited = AwaitedCommand()
        do throws(SwitchyardError) {
            try commands.send(params, sequence: nil, to: device, from: .account(account), origin: awaited)
            return awaited
        } catch {
            return nil
        }
    }

    /// Merges params into the group's state and stores it; returns the group as it was before.
    private func merge(
        _ params: ByteBuffer,
        into id: ThingGroupID,
        by account: AccountID
    ) async throws(SwitchyardError) -> ThingGroup {
        try await turns.withTurn(of: id) { () async throws(SwitchyardError) in
            let group = try await group(id, of: account)
            guard let merged = try Self.merged(group.params, with: params) else { return group }
            try await store.changeThingGroup(id, of: account, ThingGroupChange(params: merged))
            return group
        }
    }

    /// The new state; nil when nothing has changed.
    private static func merged(_ state: [UInt8], with params: ByteBuffer) throws(SwitchyardError) -> [UInt8]? {
        do {
            var document = try ParamsDocument(bytes: state)
            return try document.merge(params) ? document.bytes : nil
        } catch {
            throw SwitchyardError(
                .invalidInput,
                "params is error: the params of a group are a JSON object of at most \(ParamsDocument.maximumBytes) bytes",
                underlying: error
            )
        }
    }
}
