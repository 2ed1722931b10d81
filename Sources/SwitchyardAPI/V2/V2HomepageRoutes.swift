import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `POST /v2/homepage`: what an app shows first, in one call.
///
/// A part is there when its key is, even with `{}`; each part is what the call of its own answers. Source:
/// `coolkit-v2-http.md` §6.
struct V2HomepageRoutes: Sendable {
    let authenticator: V2Authenticator
    let accounts: AccountService
    let devices: DeviceService
    let messages: MessageService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/homepage", use: show)
    }

    @Sendable
    private func show(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let wanted = try Wanted(call.parameters)
        let account = wanted.user ? try await accounts.account(of: call.grant) : nil
        let homes = wanted.homes ? try await devices.homes.homes(of: call.account) : nil
        let found = try await messages(wanted.messages, for: call)
        let all = wanted.things == nil ? nil : try await things(for: call)
        let page = wanted.things.flatMap { page in all.map(page.things) }
        let lists = LongLists(devices, visibleTo: call.account)
        return .version2(capacity: (homes ?? []).typicalBytes + (page ?? []).typicalBytes, lists: lists) { data in
            // The user alone, without the region. Source: API Center v2, "Home page".
            if let account { data.add("userInfo", V2UserObject(account: account).write) }
            if let homes {
                data.add("familyInfo") { $0.add(homes: homes, apiKey: call.grant.apiKey) }
            }
            if let page, let all {
                data.add("thingInfo") { info in
                    info.add("thingList", things: page)
                    info.add("total", all.count)
                }
            }
            // There are no scenes here. Source: `coolkit-v2-http.md` §6.
            if wanted.scenes { data.add("sceneInfo") { $0.add("sceneList", []) } }
            if let found { data.add("messageInfo", V2MessageList(found).write) }
        }
    }

    private func things(for call: V2Request) async throws(SwitchyardError) -> [ThingView] {
        try await devices.things(in: nil, visibleTo: call.account, through: call.grant.appID).things
    }

    /// Those of the current home.
    ///
    /// Source: API Center v2, "Home page".
    private func messages(
        _ query: MessageQuery?,
        for call: V2Request
    ) async throws(SwitchyardError) -> [AccountMessage]? {
        guard var query else { return nil }
        query.home = try await devices.homes.contents(of: nil, for: call.account).home
        return try await messages.messages(of: call.account, query)
    }

    /// The parts that a call asks for.
    private struct Wanted {
        let user: Bool
        let homes: Bool
        let things: V2ThingPage?
        let scenes: Bool
        let messages: MessageQuery?

        /// Throws `invalidInput` for a part that is no object.
        init(_ parameters: RequestParameters) throws(SwitchyardError) {
            user = try parameters.optionalObject("getUser") != nil
            homes = try parameters.optionalObject("getFamily") != nil
            scenes = try parameters.optionalObject("getScene") != nil
            things = try parameters.optionalObject("getThing").map { (part) throws(SwitchyardError) in
                try V2ThingPage(RequestParameters(object: part))
            }
            messages = try parameters.optionalObject("getMessage").map { (part) throws(SwitchyardError) in
                try MessageQuery(from: part["from"], num: part["num"])
            }
        }
    }
}
