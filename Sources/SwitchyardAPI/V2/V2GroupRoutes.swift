import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `/v2/device/group`: devices that are switched together, as if they were one.
///
/// Source: `coolkit-v2-http.md` §3 (item type 3), §4.2.
struct V2GroupRoutes: Sendable {
    let authenticator: V2Authenticator
    let groups: ThingGroupService
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/device/group", use: list)
        router.post("/v2/device/group", use: create)
        router.put("/v2/device/group", use: rename)
        router.delete("/v2/device/group", use: remove)
        router.post("/v2/device/group/status", use: setParams)
        router.post("/v2/device/group/update", use: setMembers)
        router.post("/v2/device/group/add", use: addMembers)
        router.post("/v2/device/group/delete", use: removeMembers)
    }

    /// The groups of the current home, or of the one that `familyid` names.
    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let home = try call.parameters.home("familyid")
        let view = try await devices.things(in: home, visibleTo: call.account, through: call.grant.appID)
        let groups = view.things.filter { if case .group = $0.content { true } else { false } }
        return .version2(capacity: groups.typicalBytes, lists: LongLists(devices, visibleTo: call.account)) {
            $0.add("groupList", things: groups)
        }
    }

    /// `deviceidList`, further members, stands in an older edition of the documents.
    @Sendable
    private func create(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let name = try call.parameters.required("name")
        let main = try call.parameters.required("mainDeviceId")
        guard let mainDevice = DeviceID(main) else { throw SwitchyardError(.deviceNotFound, "device not found") }
        let group = try await groups.create(
            named: name,
            mainDevice: mainDevice,
            others: call.parameters.value("deviceidList") == nil
                ? [] : try call.parameters.deviceList(atMost: ThingGroup.maximumMembers),
            at: try call.parameters.placement(),
            for: call.account
        )
        let updated = try await devices.things(group.members.map { .device($0) }, visibleTo: call.account)
        let item = V2ThingObject(thing: try await devices.thing(.group(group.id), visibleTo: call.account))
        return .version2(capacity: updated.typicalBytes + item.size, lists: LongLists(devices, visibleTo: call.account))
        { data in
            item.write(into: &data)
            data.add("updatedThingList", things: updated)
        }
    }

    @Sendable
    private func rename(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.groupID()
        try await groups.rename(id, to: try call.parameters.required("name"), by: call.account)
        return .version2()
    }

    @Sendable
    private func remove(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await groups.remove(try call.parameters.groupID(), by: call.account)
        return .version2()
    }

    /// Keeps the params and sends them nowhere: that is `POST /v2/device/thing/status` with type 2.
    @Sendable
    private func setParams(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.groupID()
        guard let value = call.parameters.value("params") else {
            throw SwitchyardError(.invalidInput, "params incomplete: params")
        }
        guard value.objectValue != nil else { throw SwitchyardError(.invalidInput, "params is error: params") }
        try await groups.setParams(value.buffer, of: id, by: call.account)
        return .version2()
    }

    // MARK: Members

    @Sendable
    private func setMembers(_ request: Request, context: APIRequestContext) async throws -> Response {
        try await change(request) { (members, id, account) in
            try await groups.setMembers(members, of: id, by: account)
        }
    }

    /// `group/add` and `group/delete` stand in an older edition of the documents.
    ///
    /// Source: API Center v2, "Add Devices to a Group", "Delete Devices from Group".
    @Sendable
    private func addMembers(_ request: Request, context: APIRequestContext) async throws -> Response {
        try await change(request) { (members, id, account) in
            try await groups.addMembers(members, to: id, by: account)
        }
    }

    @Sendable
    private func removeMembers(_ request: Request, context: APIRequestContext) async throws -> Response {
        try await change(request) { (members, id, account) in
            try await groups.removeMembers(members, from: id, by: account)
        }
    }

    /// Changes members and answers with the devices that the change is about.
    private func change(
        _ request: Request,
        _ change: ([DeviceID], ThingGroupID, AccountID) async throws -> [DeviceID]
    ) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.groupID()
        let touched = try await change(
            try call.parameters.deviceList(atMost: ThingGroup.maximumMembers),
            id,
            call.account
        )
        let updated = try await devices.things(touched.map { .device($0) }, visibleTo: call.account)
        return .version2(capacity: updated.typicalBytes, lists: LongLists(devices, visibleTo: call.account)) {
            $0.add("updatedThingList", things: updated)
        }
    }
}

extension RequestParameters {
    /// The group that `id` names.
    ///
    /// Throws `invalidInput` when it is missing, `notFound` when it can be none.
    fileprivate func groupID() throws(SwitchyardError) -> ThingGroupID {
        guard let id = ThingGroupID(try required("id")) else {
            throw SwitchyardError(.notFound, "the group does not exist")
        }
        return id
    }

    /// `deviceidList`.
    ///
    /// Throws `invalidInput` when it is missing, empty, too long, or has something else than texts; `deviceNotFound` for a text
    /// that can be no deviceid.
    func deviceList(atMost limit: Int) throws(SwitchyardError) -> [DeviceID] {
        guard let value = value("deviceidList") else {
            throw SwitchyardError(.invalidInput, "params incomplete: deviceidList")
        }
        guard let elements = value.arrayValue, (1...limit).contains(elements.count) else {
            throw SwitchyardError(.invalidInput, "params is error: deviceidList has 1 to \(limit) elements")
        }
        var devices: [DeviceID] = []
        for element in elements {
            guard let text = element.stringValue else {
                throw SwitchyardError(.invalidInput, "params is error: deviceidList")
            }
            guard let id = DeviceID(text) else { throw SwitchyardError(.deviceNotFound, "device not found") }
            devices.append(id)
        }
        return devices
    }
}
