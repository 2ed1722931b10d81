import CoolkitWire
import Hummingbird
import SwitchyardCore

/// `GET /v2/message/read`: what the account has been told of.
///
/// Source: `coolkit-v2-http.md` §6.
struct V2MessageRoutes: Sendable {
    let authenticator: V2Authenticator
    let messages: MessageService
    let homes: HomeService

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/message/read", use: read)
    }

    @Sendable
    private func read(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        var query = try MessageQuery(from: call.parameters.value("from"), num: call.parameters.value("num"))
        query.home = try await home(try call.parameters.home("familyid"), of: call.account)
        let found = try await messages.messages(of: call.account, query)
        return .version2(capacity: 64 + found.count * 384) { V2MessageList(found).write(into: &$0) }
    }
}

extension V2MessageRoutes {
    /// The home that is named, or the current one.
    ///
    /// Throws `notFound`.
    private func home(_ named: HomeID?, of account: AccountID) async throws(SwitchyardError) -> HomeID {
        let all = try await homes.homes(of: account)
        guard let home = all.first(where: { named == nil ? $0.isCurrent : $0.id == named }) else {
            throw SwitchyardError(.notFound, "home not found")
        }
        return home.id
    }
}

extension MessageQuery {
    /// Reads `from` and `num`, as numbers or as texts.
    ///
    /// Assumption: messages from before `from`, not from that moment itself, so that an app can go on with the `date` of the last
    /// one it has. Source: API Center v2, "Get Message List" ("from when to get earlier messages"; without it from now on).
    /// - Throws: `invalidInput`.
    init(from: JSON?, num: JSON?) throws(SwitchyardError) {
        var before: UnixTime?
        if let from, !from.isNull, from.stringValue != "" {
            guard let milliseconds = from.intValue, milliseconds >= 0 else {
                throw SwitchyardError(.invalidInput, "params is error: from")
            }
            before = UnixTime(milliseconds: Int64(milliseconds))
        }
        var limit = MessageService.limits.upperBound
        if let num, !num.isNull, num.stringValue != "" {
            guard let number = num.intValue, MessageService.limits.contains(number) else {
                throw SwitchyardError(
                    .invalidInput,
                    "params is error: num is not 1 to \(MessageService.limits.upperBound)"
                )
            }
            limit = number
        }
        self.init(before: before, limit: limit)
    }
}

/// `messageList`, newest first, as the list of messages and the home page have it.
struct V2MessageList {
    private let messages: [AccountMessage]

    init(_ messages: [AccountMessage]) { self.messages = messages }

    func write(into object: inout JSONMembers) {
        object.add("messageList", array: messages) { message, buffer in
            buffer.writeJSONObject { item in
                item.add("msgid", message.id.description)
                item.add("msgType", message.kind.rawValue)
                item.add("message", JSON.object(message.content))
                item.add("date", JSON(message.date.milliseconds))
            }
        }
    }
}
