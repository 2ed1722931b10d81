import CoolkitWire
import NIOHTTP1
import SwitchyardSimulator
import TestSupport

/// Groups of both versions, and what is behind the gateway.
extension CrashCheck {
    func faultsOfGroups(_ known: CrashLedger.Contents, _ app: SimulatedApp) async throws -> [String] {
        let device = try await devices(with: actors.ownerToken, app)[Cast.deviceID]
        let memberships = device?["groups"]?.arrayValue?.compactMap(\.stringValue) ?? []
        var faults = try await faultsOfGroups(.version1, known, try await groups(app), id: actors.groupID)
        // It is in one of the two, always.
        if memberships != [actors.groupID] && memberships != [actors.otherGroupID] {
            faults.append("the device is in the groups \(memberships)")
        }
        faults += faultsOfToggle(CrashGroups.version1.membership, known, is: memberships == [actors.groupID])
        let things = try await thingGroups(app)
        faults += try await faultsOfGroups(.version2, known, things, id: actors.thingGroupID)
        let isMember = try await groupsOfMember(app).contains(actors.thingGroupID)
        return faults + faultsOfToggle(CrashGroups.version2.membership, known, is: isMember)
    }

    /// The names of the groups by their ids, and what is known of them.
    private func faultsOfGroups(
        _ names: CrashGroups,
        _ known: CrashLedger.Contents,
        _ groups: [String: String],
        id: String
    ) async throws -> [String] {
        let made = groups.filter { $0.value == CrashGroups.made }
        ledger.note { $0.madeGroups[names.existence] = made.keys.first }
        return faultsOfNumber(groups[id].flatMap { Int($0) }, of: names.name, known)
            + faultsOfToggle(names.existence, known, is: !made.isEmpty)
            + (made.count > 1 ? ["there are \(made.count) of \(names.existence)"] : [])
    }

    private func faultsOfToggle(_ name: String, _ known: CrashLedger.Contents, is value: Bool) -> [String] {
        let expected = known.toggles[name] ?? .init()
        ledger.note { $0.toggles[name] = .init(acknowledged: value, requested: nil) }
        guard value != expected.acknowledged && value != expected.requested else { return [] }
        return ["\(name) is \(value), which is neither acknowledged nor asked for"]
    }

    func faultsOfChildren(_ known: CrashLedger.Contents, _ app: SimulatedApp) async throws -> [String] {
        let all = try await devices(with: actors.ownerToken, app)
        let children = Set(all.keys.filter(CrashLoad.isChild)).subtracting([CrashLoad.changingChild])
        var faults = known.addedChildren.subtracting(children).map { "the sub-device \($0) is lost" }
        faults += children.subtracting(known.requestedChildren).map { "the sub-device \($0) was never listed" }
        faults += all.filter { CrashLoad.isChild($0.key) }
            .filter { $0.value["params"]?["parentid"]?.stringValue != CrashLoad.gateway.rawValue }
            .map { "\($0.key) has lost its gateway" }
        let uiid = all[CrashLoad.changingChild]?["uiid"]?.intValue
        // Before the first list there is none.
        return faults + faultsOfNumber(uiid ?? 0, of: CrashLoad.changingChild.rawValue, known)
    }

    // MARK: Questions

    private func groups(_ app: SimulatedApp) async throws -> [String: String] {
        try names(in: await ask(app, "/api/group")["groupinfos"], "id", "name")
    }

    private func thingGroups(_ app: SimulatedApp) async throws -> [String: String] {
        let list = try await ask(app, "/v2/device/group")["data"]?["groupList"]?.arrayValue
        return try names(in: list.map { .array($0.compactMap { $0["itemData"] }) }, "id", "name")
    }

    private func groupsOfMember(_ app: SimulatedApp) async throws -> [String] {
        let list = try await ask(app, "/v2/device/thing", [("num", "0")])["data"]?["thingList"]?.arrayValue ?? []
        let member = list.first { $0["itemData"]?["deviceid"]?.stringValue == CrashGroups.member.rawValue }
        guard let groups = member?["itemData"]?["devGroups"]?.arrayValue else {
            throw TestFailure("\(CrashGroups.member) is not in the home")
        }
        return groups.compactMap { $0["groupId"]?.stringValue }
    }

    private func names(in list: JSON?, _ key: String, _ value: String) throws -> [String: String] {
        guard let list = list?.arrayValue else { throw TestFailure("no list of groups") }
        let pairs = list.compactMap { group in
            group[key]?.stringValue.flatMap { id in group[value]?.stringValue.map { (id, $0) } }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private func ask(_ app: SimulatedApp, _ path: String, _ query: [(String, String)] = []) async throws -> JSON {
        let headers = bearer(actors.ownerToken)
        let reply = try await app.call(.GET, path, .none, query: query, headers: headers, general: false)
        guard reply.error == 0, let json = reply.json else {
            throw TestFailure("\(path) was answered with \(reply.json?.text ?? "nothing")")
        }
        return json
    }
}
