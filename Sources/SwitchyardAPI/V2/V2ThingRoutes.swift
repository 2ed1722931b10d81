import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `/v2/device/thing`: the things of a home, and things by name.
///
/// Source: `coolkit-v2-http.md` §4.1, §4.2.
struct V2ThingRoutes: Sendable {
    let authenticator: V2Authenticator
    let devices: DeviceService

    /// The most things that one call may name.
    private static let maximumNames = 10

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/device/thing", use: list)
        router.post("/v2/device/thing", use: show)
    }

    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let page = try V2ThingPage(call.parameters)
        let home = try call.parameters.home("familyid")
        let all = try await devices.things(in: home, visibleTo: call.account, through: call.grant.appID).things
        let things = page.things(of: all)
        return .version2(capacity: things.typicalBytes, lists: LongLists(devices, visibleTo: call.account)) { data in
            data.add("thingList", things: things)
            data.add("total", all.count)
        }
    }

    /// Things that the caller does not have are left out: a client counts what it gets.
    ///
    /// Source: `coolkit-v2-http.md` §4.2 (homebridge).
    @Sendable
    private func show(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let names = try call.parameters.possibleThings("thingList")
        guard (1...Self.maximumNames).contains(names.count) else {
            throw SwitchyardError(.invalidInput, "params is error: thingList has 1 to \(Self.maximumNames) elements")
        }
        let ids = names.compactMap(\.self)
        let unique = ids.enumerated().filter { !ids[..<$0.offset].contains($0.element) }.map(\.element)
        let things = try await devices.things(unique, visibleTo: call.account, through: call.grant.appID)
        return .version2(capacity: things.typicalBytes, lists: LongLists(devices, visibleTo: call.account)) {
            $0.add("thingList", things: things)
        }
    }
}

/// Which of a home's things a call asks for.
///
/// Source: `coolkit-v2-http.md` §4.1.
struct V2ThingPage {
    /// 0 means all.
    private let count: Int
    /// The index that comes before the page.
    private let begin: Int

    /// Below every index, so that "strictly greater" has no exception.
    private static let defaultBegin = -9_999_999
    private static let defaultCount = 30

    /// Throws `invalidInput` for what are no whole numbers, and for a negative `num`.
    init(_ parameters: RequestParameters) throws(SwitchyardError) {
        count = try parameters.wholeNumber("num") ?? Self.defaultCount
        begin = try parameters.wholeNumber("beginIndex") ?? Self.defaultBegin
        guard count >= 0 else { throw SwitchyardError(.invalidInput, "params is error: num") }
    }

    /// The things of the page: those that come after `beginIndex`.
    func things(of all: [ThingView]) -> [ThingView] {
        let rest = all.drop { $0.place.index <= begin }
        return Array(count == 0 ? rest : rest.prefix(count))
    }
}
