import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/devices/{id}/history`: what changed a device's state, newest first, a page at a time.
    func addHistoryRoutes(to router: Router<Context>) {
        router.get("devices/:id/history") { request, context in
            let id = try context.pathDeviceID()
            let query = HistoryQuery(
                before: try Self.number("before", in: request),
                limit: Int(clamping: try Self.number("limit", in: request) ?? 20)
            )
            let page = try await history.page(of: id, query)
            let accounts = Dictionary(
                try await accounts.accounts().map { ($0.apiKey, $0.identifier.description) },
                uniquingKeysWith: { first, _ in first }
            )
            return Response.json([
                "id": JSON(id.rawValue),
                "entries": JSON(try page.records.map { try Self.describe($0, accounts) }),
                "next": page.next.map { JSON(Int($0)) } ?? nil,
            ])
        }
    }

    private static func number(_ name: String, in request: Request) throws(SwitchyardError) -> Int64? {
        guard let text = request.uri.queryParameters.get(name) else { return nil }
        guard let number = Int64(text), number > 0 else {
            throw SwitchyardError(.invalidInput, "'\(name)' is not a whole number above 0")
        }
        return number
    }

    private static func describe(_ record: HistoryRecord, _ accounts: [APIKey: String]) throws -> JSON {
        let by: String =
            switch record.entry.actor {
            case .device: "device"
            case .account(let apiKey): accounts[apiKey] ?? apiKey.rawValue
            case .operatorOfServer: "operator"
            }
        return [
            "number": JSON(Int(record.number)),
            "time": JSON(record.entry.time.iso8601),
            "kind": JSON(record.kind),
            "by": JSON(by),
            "params": try JSON(parsing: record.entry.params),
        ]
    }
}
