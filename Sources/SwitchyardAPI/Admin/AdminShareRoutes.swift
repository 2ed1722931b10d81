import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/shares`: which devices are shared with whom; an operator's share needs nobody's consent.
    func addShareRoutes(to router: Router<Context>) {
        router.get("shares") { request, _ in
            let query = request.uri.queryParameters
            let shares = try await listShares(account: query.get("account"), device: query.get("device"))
            return Response.json(["shares": JSON(shares.map(Self.describe))])
        }
        router.post("shares") { request, _ in
            let body = try await AdminRequestBody(of: request, members: Self.shareMembers)
            return Response.json(Self.describe(try await addShare(body)), status: .created)
        }
        router.delete("shares/:id/:account") { _, context in
            let device = try snapshot(of: try context.pathDeviceID()).device
            let account = try await accounts.account(named: try context.pathText("account"))
            try await shares.cancel(device.id, with: account.id)
            return Response.noContent
        }
    }

    private static let shareMembers: Set<String> = ["device", "account", "permit", "deviceName", "userName", "note"]

    private func listShares(account: String?, device: String?) async throws -> [Share] {
        var all = registry.allDevices().flatMap(\.shares)
        if let account {
            let id = try await accounts.account(named: account).id
            all.removeAll { $0.owner.id != id && $0.receiver.id != id }
        }
        if let device {
            guard let id = DeviceID(device), registry.device(id) != nil else {
                throw SwitchyardError(.deviceNotFound, "no device has this id")
            }
            all.removeAll { $0.device != id }
        }
        return all.sorted {
            ($0.sharedAt, $0.device.rawValue, $0.receiver.id) < ($1.sharedAt, $1.device.rawValue, $1.receiver.id)
        }
    }

    private func addShare(_ body: AdminRequestBody) async throws -> Share {
        let device = try snapshot(of: try body.requiredIdentifier("device")).device
        let receiver = try await accounts.account(named: try body.requiredText("account"))
        let change = try ShareTermsChange(
            deviceName: try body.text("deviceName"),
            userName: try body.text("userName"),
            permit: try body.integer("permit"),
            note: try body.text("note")
        )
        guard receiver.id != device.owner else {
            throw SwitchyardError(.invalidInput, "a device cannot be shared with its owner")
        }
        let owner = try await accounts.account(named: device.owner.description)
        guard owner.region == receiver.region else {
            throw SwitchyardError(.invalidInput, "both accounts have to be of the same region")
        }
        return try await shares.add(
            Share(
                device: device.id,
                owner: ShareParty(owner),
                receiver: ShareParty(receiver),
                terms: ShareTerms(deviceName: device.name).changed(by: change),
                sharedAt: clock.now
            )
        )
    }

    private static func describe(_ share: Share) -> JSON {
        [
            "device": JSON(share.device.rawValue),
            "owner": JSON(share.owner.identifier.description),
            "account": JSON(share.receiver.identifier.description),
            "permit": JSON(share.terms.permit.rawValue),
            "deviceName": JSON(share.terms.deviceName),
            "userName": JSON(share.terms.userName),
            "note": JSON(share.terms.note),
            "sharedAt": JSON(share.sharedAt.iso8601),
        ]
    }
}
