import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `GET /api/user/device/history`: what changed a device's state, newest first, for its owner and for receivers of a share.
///
/// An extension of this server: the documents of version 1 name no such call.
struct HistoryRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let history: HistoryService

    /// Entries of a page when the call does not say.
    private static let usualPage = 30

    func add(to router: Router<APIRequestContext>) {
        router.get("/api/user/device/history", use: list)
    }

    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try authenticator.bearerQuery(request)
        let text = try call.parameters.required("deviceid")
        let query = try Self.query(call.parameters)
        guard let id = DeviceID(text) else { throw SwitchyardError(.deviceNotFound, "device not found") }
        let page = try await history.page(of: id, query, visibleTo: call.grant.accountID)
        return .object(capacity: 256 + page.records.reduce(0) { $0 + 160 + $1.entry.params.count }) { object in
            object.add("error", 0)
            object.add("deviceid", id.rawValue)
            object.add("history", array: page.records) { record, body in body.writeJSONObject(record.write) }
            if let next = page.next { object.add("next", Int(next)) }
        }
    }

    private static func query(_ parameters: RequestParameters) throws(SwitchyardError) -> HistoryQuery {
        HistoryQuery(
            from: try number("from", in: parameters).map(time),
            to: try number("to", in: parameters).map(time),
            before: try number("before", in: parameters),
            limit: Int(clamping: try number("num", in: parameters) ?? Int64(usualPage))
        )
    }

    private static func number(_ name: String, in parameters: RequestParameters) throws(SwitchyardError) -> Int64? {
        guard let text = parameters.text(name) else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw SwitchyardError(.invalidInput, "params is error: \(name)")
        }
        return number
    }

    /// Seconds, or milliseconds where the number is too large for seconds: as with `ts`.
    private static func time(_ number: Int64) -> UnixTime {
        number > 100_000_000_000 ? UnixTime(milliseconds: number) : UnixTime(seconds: number)
    }
}

extension HistoryRecord {
    /// Whether it is a report of the device or a command that the device acknowledged.
    var kind: String { entry.actor == .device ? "report" : "command" }

    /// Writes the members of the entry as apps see it.
    fileprivate func write(into object: inout JSONMembers) {
        object.add("number", Int(number))
        object.add("time", entry.time.iso8601)
        object.add("kind", kind)
        if case .account(let apiKey) = entry.actor { object.add("apikey", apiKey.rawValue) }
        object.add("params", json: entry.params)
    }
}
