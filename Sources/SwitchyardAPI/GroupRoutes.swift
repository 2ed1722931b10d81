import CoolkitWire
import Hummingbird
import SwitchyardCore

/// `/api/group`: the groups into which an account sorts its devices.
///
/// `groupType` and `apikey` may be there and do not count. Source: `coolkit-v1-http.md` §4.
struct GroupRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let groups: GroupService

    func add(to router: Router<APIRequestContext>) {
        router.post("/api/group", use: create)
        router.put("/api/group", use: change)
        router.delete("/api/group", use: remove)
        router.get("/api/group", use: list)
        router.post("/api/group/addDevice", use: move)
    }

    @Sendable
    private func create(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let name = try call.parameters.required("name")
        let index = try call.parameters.groupIndex()
        let id = try await groups.create(named: name, at: index, for: call.grant.accountID)
        return .object { object in
            object.add("error", 0)
            object.add("groupid", id.rawValue)
        }
    }

    @Sendable
    private func change(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let id = try call.parameters.requiredGroup()
        let name = try call.parameters.textIfPresent("name")
        let index = try call.parameters.groupIndex()
        try await groups.change(id, name: name, index: index, for: call.grant.accountID)
        return .object { $0.add("error", 0) }
    }

    @Sendable
    private func remove(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try authenticator.bearerQuery(request)
        try await groups.remove(try call.parameters.requiredGroup(), for: call.grant.accountID)
        return .object { $0.add("error", 0) }
    }

    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try authenticator.bearerQuery(request)
        let all = try await groups.groups(of: call.grant.accountID)
        return .object(capacity: 64 + all.count * 128) { object in
            object.add("error", 0)
            object.add("groupinfos", array: all) { group, buffer in
                buffer.writeJSONObject { info in
                    info.add("id", group.id.rawValue)
                    info.add("name", group.name)
                    info.add("index", group.index)
                    info.add("createdAt", group.createdAt.iso8601)
                }
            }
        }
    }

    /// Takes an array (2019) or a single object (2020).
    @Sendable
    private func move(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let moves = try GroupMove.all(in: call.parameters)
        try await groups.move(moves, for: call.grant.accountID)
        return .object { $0.add("error", 0) }
    }
}

extension RequestParameters {
    /// The group that `id` names.
    ///
    /// Throws `invalidInput` for what can be none.
    fileprivate func requiredGroup() throws(SwitchyardError) -> GroupID {
        guard let id = GroupID(try required("id")) else { throw SwitchyardError(.invalidInput, "params is error: id") }
        return id
    }

    /// `index`, as number or text; nil when it is absent.
    fileprivate func groupIndex() throws(SwitchyardError) -> Int? {
        guard let value = value("index") else { return nil }
        guard let index = value.intValue else { throw SwitchyardError(.invalidInput, "params is error: index") }
        return index
    }

    /// A text that may be absent, but neither empty nor of another kind.
    fileprivate func textIfPresent(_ name: String) throws(SwitchyardError) -> String? {
        guard value(name) != nil else { return nil }
        guard let text = text(name) else { throw SwitchyardError(.invalidInput, "params is error: \(name)") }
        return text
    }
}

extension GroupMove {
    /// Reads `deviceinfos`.
    ///
    /// Throws `invalidInput`.
    fileprivate static func all(in parameters: RequestParameters) throws(SwitchyardError) -> [GroupMove] {
        switch parameters.value("deviceinfos") {
        case nil: throw SwitchyardError(.invalidInput, "params incomplete: deviceinfos")
        case .object(let info)?: return [try GroupMove(info)]
        case .array(let infos)?:
            var moves: [GroupMove] = []
            for info in infos.prefix(GroupService.maximumMoves + 1) {
                guard let info = info.objectValue else {
                    throw SwitchyardError(.invalidInput, "params is error: deviceinfos")
                }
                moves.append(try GroupMove(info))
            }
            return moves
        default: throw SwitchyardError(.invalidInput, "params is error: deviceinfos")
        }
    }

    /// Reads one element; `type` is 0 where it is absent, as number or as text.
    private init(_ info: JSONObject) throws(SwitchyardError) {
        guard let deviceID = info["deviceid"] else {
            throw SwitchyardError(.invalidInput, "params incomplete: deviceid")
        }
        guard let device = deviceID.stringValue.flatMap({ DeviceID($0) }) else {
            throw SwitchyardError(.invalidInput, "params is error: deviceid")
        }
        let (source, target) = (try Self.group(info, "source_id"), try Self.group(info, "target_id"))
        guard source != nil || target != nil else {
            throw SwitchyardError(.invalidInput, "params incomplete: target_id")
        }
        let type = info["type"] ?? 0
        guard let number = type.intValue, number == 0 || number == 1 else {
            throw SwitchyardError(.invalidInput, "params is error: type")
        }
        self.init(device: device, source: source, target: target, keepsOthers: number == 0)
    }

    /// A group that may be absent, null or empty.
    private static func group(_ info: JSONObject, _ name: String) throws(SwitchyardError) -> GroupID? {
        guard let value = info[name], !value.isNull, value.stringValue != "" else { return nil }
        guard let id = value.stringValue.flatMap({ GroupID($0) }) else {
            throw SwitchyardError(.invalidInput, "params is error: \(name)")
        }
        return id
    }
}
