import CoolkitWire
import Hummingbird
import SwitchyardCore

/// `/v2/family`: the homes of an account.
///
/// Source: `coolkit-v2-http.md` §5.
struct V2HomeRoutes: Sendable {
    let authenticator: V2Authenticator
    let homes: HomeService

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/family", use: list)
        router.post("/v2/family", use: create)
        router.put("/v2/family", use: rename)
        router.delete("/v2/family", use: remove)
        router.post("/v2/family/current", use: select)
        router.post("/v2/family/thing/sort", use: arrangeThings)
    }

    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let grant = try await authenticator.bearer(request).grant
        return try await list(of: grant.accountID, grant.apiKey)
    }

    /// Apart from `list`: Swift 6.3.1 reserves too little for a function that keeps the whole call here, and overwrites what is
    /// behind it in the optimised build.
    private func list(of account: AccountID, _ apiKey: APIKey) async throws -> Response {
        let all = try await homes.homes(of: account)
        return .version2(capacity: all.typicalBytes) { $0.add(homes: all, apiKey: apiKey) }
    }

    @Sendable
    private func create(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let home = try await homes.create(
            named: try call.parameters.required("name"),
            rooms: try call.parameters.texts("roomNameList"),
            at: try call.parameters.sortEnd(),
            for: call.account
        )
        return .version2(capacity: [home].typicalBytes) { data in
            data.add("id", home.id.description)
            data.add("name", home.name)
            data.add("index", home.index)
            data.add("roomList", rooms: home.rooms)
        }
    }

    @Sendable
    private func rename(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.home("id")
        try await homes.rename(id, to: try call.parameters.required("name"), for: call.account)
        return .version2()
    }

    @Sendable
    private func remove(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.requiredHome("id")
        let heirs = HomeHeirs(
            things: try call.parameters.home("deviceFamily"),
            current: try call.parameters.home("switchFamily")
        )
        try await homes.remove(id, leaving: heirs, for: call.account)
        return .version2()
    }

    @Sendable
    private func select(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await homes.select(try call.parameters.requiredHome("id"), for: call.account)
        return .version2()
    }

    @Sendable
    private func arrangeThings(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let home = try call.parameters.home("familyid")
        try await homes.arrangeThings(try call.parameters.things("thingList"), in: home, for: call.account)
        return .version2()
    }
}
