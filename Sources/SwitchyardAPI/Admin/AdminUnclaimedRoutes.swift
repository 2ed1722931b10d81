import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// Records that one request may bring, and what they may take up.
    private static let maximumImport = 1_000
    private static let maximumImportBytes = 1 << 20
    private static let maximumFactBytes = 64

    private static let recordMembers: Set<String> = ["id", "apikey", "model", "uiid", "chipid"]

    /// `/unclaimed`: devices that the server knows and no account has; with `all=true` those that an account has too.
    ///
    /// A device's own apikey is never shown.
    func addUnclaimedRoutes(to router: Router<Context>) {
        router.get("unclaimed") { request, _ in
            let wantsAll = request.uri.queryParameters.get("all") == "true"
            let known = devices.knownDevices().filter { wantsAll || !$0.isClaimed }
            return Response.json(["devices": JSON(known.map(Self.describe))])
        }
        router.post("unclaimed") { request, _ in
            let body = try await AdminRequestBody(
                of: request,
                members: ["devices"],
                maximumBytes: Self.maximumImportBytes
            )
            let records = try records(body)
            try await devices.importRecords(records)
            return Response.json(["imported": JSON(records.count)])
        }
        router.delete("unclaimed/:id") { _, context in
            try await devices.removeRecord(try context.pathDeviceID())
            return Response.noContent
        }
        router.post("unclaimed/:id/claim") { request, context in
            let id = try context.pathDeviceID()
            let body = try await AdminRequestBody(of: request, members: ["account", "name"])
            let account = try await accounts.account(named: try body.requiredText("account"))
            let claimed = try await devices.claim(id, named: try body.text("name"), for: account)
            return Response.json(try describe(claimed, owner: account), status: .created)
        }
    }

    private func records(_ body: AdminRequestBody) throws(SwitchyardError) -> [FactoryRecord] {
        let entries = try body.objects("devices", members: Self.recordMembers)
        guard (1...Self.maximumImport).contains(entries.count) else {
            throw SwitchyardError(.invalidInput, "'devices' does not have 1 to \(Self.maximumImport) elements")
        }
        let now = clock.now
        var records: [FactoryRecord] = []
        for entry in entries {
            records.append(
                FactoryRecord(
                    id: try entry.requiredIdentifier("id"),
                    factoryKey: try entry.requiredIdentifier("apikey"),
                    model: try Self.fact("model", of: entry),
                    uiid: try entry.uiid("uiid"),
                    chipID: try Self.fact("chipid", of: entry),
                    source: .operator,
                    createdAt: now
                )
            )
        }
        return records
    }

    private static func fact(_ name: String, of entry: AdminRequestBody) throws(SwitchyardError) -> String {
        let text = try entry.text(name) ?? ""
        guard text.utf8.count <= maximumFactBytes, !text.utf8.contains(0) else {
            throw SwitchyardError(.invalidInput, "'\(name)' has more than \(maximumFactBytes) bytes")
        }
        return text
    }

    private static func describe(_ known: DeviceService.KnownDevice) -> JSON {
        let record = known.record
        return [
            "id": JSON(record.id.rawValue),
            "model": JSON(record.model),
            "uiid": record.uiid.map { JSON($0) } ?? nil,
            "chipid": JSON(record.chipID),
            "source": JSON(record.source.rawValue),
            "claimed": JSON(known.isClaimed),
            "connected": JSON(known.isConnected),
            "createdAt": JSON(record.createdAt.iso8601),
            "lastSeenAt": record.lastSeenAt.map { JSON($0.iso8601) } ?? nil,
            "address": JSON(record.address),
        ]
    }
}
