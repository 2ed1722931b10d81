import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `/v2/device/history`: what changed a device's state and who did it, newest first; and forgetting it.
///
/// Source: `coolkit-v2-http.md` §4.2.
struct V2HistoryRoutes: Sendable {
    let authenticator: V2Authenticator
    let history: HistoryService

    /// Entries of a page at the most, and when the call does not say.
    private static let maximumPage: Int64 = 30

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/device/history", use: list)
        router.delete("/v2/device/history", use: clear)
    }

    /// Assumption: entries from before `from`, so that an app can go on with the `opsTime` of the last one it has; as with messages.
    @Sendable
    private func list(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.requiredDevice()
        let from = try call.parameters.number("from", in: 0...Int64.max)
        let count = try call.parameters.number("num", in: 1...Self.maximumPage) ?? Self.maximumPage
        let query = HistoryQuery(to: from.map { UnixTime(milliseconds: $0 - 1) }, limit: Int(count))
        let page = try await history.page(of: id, query, visibleTo: call.account)
        let people = try await history.people(of: id, visibleTo: call.account)
        return .version2(capacity: 64 + page.records.reduce(0) { $0 + 256 + $1.entry.params.count }) { data in
            data.add("histories", array: page.records) { record, buffer in
                buffer.writeJSONObject { record.entry.write(into: &$0, people: people) }
            }
        }
    }

    @Sendable
    private func clear(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        try await history.clear(try call.parameters.requiredDevice(), by: call.account)
        return .version2()
    }
}

extension HistoryEntry {
    /// Writes the members of an element of `histories`.
    ///
    /// `userAgent` is `app` for a command, `device` for a report. `opsAccount` is the e-mail address or phone number of who
    /// commanded: of the owner and of those with whom the device is shared, as far as whoever asks sees them; of others it is the
    /// apikey. It is empty for reports and for the operator, who has no account.
    fileprivate func write(into object: inout JSONMembers, people: [APIKey: String]) {
        object.add("deviceid", device.rawValue)
        object.add("userAgent", actor == .device ? "device" : "app")
        object.add("opsSwitchs", channels)
        object.add("request", String(decoding: params, as: UTF8.self))
        if case .account(let apiKey) = actor {
            object.add("opsAccount", people[apiKey] ?? apiKey.rawValue)
        } else {
            object.add("opsAccount", "")
        }
        object.add("opsTime", JSON(time.milliseconds))
    }

    /// The channels that the request names: `switch`, or the outlets of `switches` joined by commas; empty when it names none.
    ///
    /// Assumption: the vendor's pages say what it holds ("the channels that have performed actions"; of a device with one channel
    /// "only one element whose value is switch") but not how several are joined; an answer of the original would settle it.
    private var channels: String {
        // What is stored parses.
        let request = try? JSON(parsing: ByteBuffer(bytes: params))
        let parts = request?.arrayValue ?? request.map { [$0] } ?? []
        if parts.contains(where: { $0["switch"] != nil }) { return "switch" }
        let outlets = parts.flatMap { $0["switches"]?.arrayValue ?? [] }.compactMap { $0["outlet"]?.intValue }
        return outlets.map(String.init).joined(separator: ",")
    }
}
