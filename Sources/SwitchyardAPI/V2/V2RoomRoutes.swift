import CoolkitWire
import Hummingbird
import SwitchyardCore

/// `/v2/family/room`: the rooms of a home, and what stands in them.
///
/// Source: `coolkit-v2-http.md` §5.
struct V2RoomRoutes: Sendable {
    let authenticator: V2Authenticator
    let homes: HomeService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/family/room", use: create)
        router.put("/v2/family/room", use: rename)
        router.delete("/v2/family/room", use: remove)
        router.post("/v2/family/room/index", use: arrange)
        router.post("/v2/family/room/thing", use: setThings)
    }

    @Sendable
    private func create(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let room = try await homes.addRoom(
            named: try call.parameters.required("name"),
            to: try call.parameters.requiredHome("familyid"),
            at: try call.parameters.sortEnd(),
            for: call.account
        )
        return .version2(room.writeMembers)
    }

    @Sendable
    private func rename(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.requiredRoom("id")
        try await homes.renameRoom(id, to: try call.parameters.required("name"), for: call.account)
        return .version2()
    }

    @Sendable
    private func remove(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await homes.removeRoom(try call.parameters.requiredRoom("id"), for: call.account)
        return .version2()
    }

    @Sendable
    private func arrange(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let home = try call.parameters.home("familyid")
        try await homes.arrangeRooms(try call.parameters.rooms("idList"), in: home, for: call.account)
        return .version2()
    }

    @Sendable
    private func setThings(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await homes.setThings(
            of: try call.parameters.requiredRoom("roomid"),
            from: try call.parameters.things("oldThingList"),
            to: try call.parameters.things("newThingList"),
            for: call.account
        )
        return .version2()
    }
}
