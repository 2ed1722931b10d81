import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/sessions`: the open sockets of apps and devices.
    func addSessionRoutes(to router: Router<Context>) {
        router.get("sessions") { _, _ in
            let identifiers = Dictionary(
                try await accounts.accounts().map { ($0.id, $0.identifier.description) },
                uniquingKeysWith: { first, _ in first }
            )
            return Response.json(["sessions": JSON(sessions.sessions().map { Self.describe($0, identifiers) })])
        }
        router.delete("sessions/:number") { _, context in
            guard let number = UInt64(try context.pathText("number")), sessions.close(session: number) else {
                throw SwitchyardError(.notFound, "no session has this number")
            }
            return Response.noContent
        }
    }

    private static func describe(_ session: SessionDescription, _ identifiers: [AccountID: String]) -> JSON {
        var description: JSON = ["number": .number(JSONNumber(Int64(clamping: session.number)))]
        switch session.kind {
        case .app(let account, let application, let login):
            description["kind"] = "app"
            description["account"] = JSON(identifiers[account] ?? account.description)
            description["application"] = JSON(application.rawValue)
            description["login"] = JSON(login.description)
            description["client"] = describe(session.client)
        case .device(let device):
            description["kind"] = "device"
            description["device"] = JSON(device.rawValue)
        }
        description["address"] = JSON(session.address)
        description["openedAt"] = JSON(session.openedAt.iso8601)
        return description
    }

    private static func describe(_ client: ClientFacts) -> JSON {
        let members = [
            ("os", client.os), ("appVersion", client.appVersion), ("model", client.model),
            ("romVersion", client.romVersion), ("apkVersion", client.apkVersion), ("imei", client.imei),
        ]
        return .object(JSONObject(members.compactMap { name, text in text.map { (name, JSON($0)) } }))
    }
}
