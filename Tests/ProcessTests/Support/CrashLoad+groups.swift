import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import TestSupport

/// Groups of both versions, which are renamed, made and removed, and get devices and lose them.
extension CrashLoad {
    /// A version's groups: the calls that write them.
    private struct GroupCalls {
        let kind: String
        let names: CrashGroups
        let make: @Sendable () -> (path: String, body: JSONObject)
        let idOfMade: @Sendable (JSON) -> String?
        let group: String
        let move: @Sendable (Bool) -> (path: String, body: JSONObject)
    }

    func keepGrouping(_ app: SimulatedApp) async throws {
        let (first, second) = (actors.groupID, actors.otherGroupID)
        try await keepWriting(
            GroupCalls(
                kind: "group",
                names: .version1,
                make: { ("/api/group", ["name": .string(CrashGroups.made), "index": 0]) },
                idOfMade: { $0["groupid"]?.stringValue },
                group: "/api/group",
                move: { isMember in
                    let (source, target) = isMember ? (second, first) : (first, second)
                    let move: JSON = [
                        "deviceid": JSON(Cast.deviceID.rawValue), "source_id": JSON(source), "target_id": JSON(target),
                        "type": 1,
                    ]
                    return ("/api/group/addDevice", ["deviceinfos": [move]])
                }
            ),
            first,
            app
        )
    }

    func keepGroupingThings(_ app: SimulatedApp) async throws {
        let id = actors.thingGroupID
        try await keepWriting(
            GroupCalls(
                kind: "thing group",
                names: .version2,
                make: {
                    let main = JSON(Cast.deviceID.rawValue)
                    return ("/v2/device/group", ["name": .string(CrashGroups.made), "mainDeviceId": main, "sort": 1])
                },
                idOfMade: { $0["data"]?["itemData"]?["id"]?.stringValue },
                group: "/v2/device/group",
                move: { isMember in
                    let path = "/v2/device/group/\(isMember ? "add" : "delete")"
                    return (path, ["id": .string(id), "deviceidList": [JSON(CrashGroups.member.rawValue)]])
                }
            ),
            id,
            app
        )
    }

    private func keepWriting(_ calls: GroupCalls, _ id: String, _ app: SimulatedApp) async throws {
        defer { ledger.stands() }
        while ledger.isToggling {
            try await rename(calls, id, app)
            try await makeOrRemove(calls, app)
            let isMember = beginToggle(calls.names.membership)
            let (path, body) = calls.move(isMember)
            let reply = try await call(app, .POST, path, body: body)
            guard try isAcknowledged(reply.error, "a move of a \(calls.kind)", reply.json) else { continue }
            endToggle(calls.names.membership, isMember, calls.kind)
        }
    }

    private func rename(_ calls: GroupCalls, _ id: String, _ app: SimulatedApp) async throws {
        let number = ledger.nextNumber(of: calls.names.name)
        let body: JSONObject = ["id": .string(id), "name": .string(String(number))]
        let reply = try await call(app, .PUT, calls.group, body: body)
        guard try isAcknowledged(reply.error, "the name of a \(calls.kind)", reply.json) else { return }
        ledger.acknowledged(calls.kind) { $0.numbers[calls.names.name]?.acknowledged = number }
    }

    /// Makes a group, or removes the one that was made.
    private func makeOrRemove(_ calls: GroupCalls, _ app: SimulatedApp) async throws {
        let made = calls.names.existence
        // What was refused may have happened nevertheless: that is found out after the next start.
        guard ledger.contents.toggles[made]?.requested == nil else { return }
        guard beginToggle(made) else {
            let id = ledger.contents.madeGroups[made] ?? ""
            let reply = try await call(app, .DELETE, calls.group, query: [("id", id)])
            guard try isAcknowledged(reply.error, "the end of a \(calls.kind)", reply.json) else { return }
            return endToggle(made, false, calls.kind)
        }
        let (path, body) = calls.make()
        let reply = try await call(app, .POST, path, body: body)
        guard try isAcknowledged(reply.error, "a \(calls.kind)", reply.json) else { return }
        guard let id = reply.json.flatMap(calls.idOfMade) else { throw TestFailure("a \(calls.kind) without an id") }
        ledger.note { $0.madeGroups[made] = id }
        endToggle(made, true, calls.kind)
    }

    /// Notes that something is about to be switched; returns what to.
    private func beginToggle(_ name: String) -> Bool {
        let next = !(ledger.contents.toggles[name]?.acknowledged ?? false)
        ledger.note { $0.toggles[name, default: .init()].requested = next }
        return next
    }

    private func endToggle(_ name: String, _ value: Bool, _ kind: String) {
        ledger.acknowledged(kind) { $0.toggles[name] = .init(acknowledged: value, requested: nil) }
    }
}

/// What the ledger calls the groups of one version.
struct CrashGroups: Sendable {
    static let version1 = CrashGroups(prefix: "group")
    static let version2 = CrashGroups(prefix: "thing group")
    /// What a group is called that comes and goes.
    static let made = "Made"
    /// Goes in and out of the group of version 2.
    static let member = CrashActors.sharedByCall

    let name: String
    let existence: String
    let membership: String

    private init(prefix: String) { (name, existence, membership) = (prefix, "\(prefix) made", "\(prefix) member") }
}
