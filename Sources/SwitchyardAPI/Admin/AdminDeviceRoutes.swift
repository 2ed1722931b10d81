import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

extension AdminAPI {
    private static let additionMembers: Set<String> = [
        "id", "apikey", "account", "name", "uiid", "model", "chipid", "mac", "ackByUpdate", "fullSwitchesArray",
    ]
    private static let adjustmentMembers: Set<String> = [
        "name", "uiid", "ackByUpdate", "fullSwitchesArray", "settings", "addApplications", "removeApplications",
    ]

    /// `/devices`: every device of the server, whoever owns it.
    ///
    /// A device's own apikey is never shown.
    func addDeviceRoutes(to router: Router<Context>) {
        router.get("devices") { request, _ in
            Response.json(["devices": JSON(try await list(ownedBy: request.uri.queryParameters.get("account")))])
        }
        router.post("devices") { request, _ in
            let body = try await AdminRequestBody(of: request, members: Self.additionMembers)
            let account = try await accounts.account(named: try body.requiredText("account"))
            let added = try await devices.add(try Self.addition(body), to: account, under: nil)
            return Response.json(try describe(added, owner: account), status: .created)
        }
        router.get("devices/:id") { _, context in
            let snapshot = try snapshot(of: try context.pathDeviceID())
            return Response.json(try describe(snapshot, owner: try await owners()[snapshot.device.owner]))
        }
        router.put("devices/:id") { request, context in
            let id = try context.pathDeviceID()
            let body = try await AdminRequestBody(of: request, members: Self.adjustmentMembers)
            let adjusted = try await devices.adjust(id, try adjustment(body))
            return Response.json(try describe(adjusted, owner: try await owners()[adjusted.device.owner]))
        }
        router.delete("devices/:id") { _, context in
            let snapshot = try snapshot(of: try context.pathDeviceID())
            _ = try await devices.remove(snapshot.device.id, by: snapshot.device.owner)
            return Response.noContent
        }
        router.post("devices/:id/control") { request, context in
            let id = try context.pathDeviceID()
            _ = try snapshot(of: id)
            let body = try await AdminRequestBody(of: request, members: ["params"])
            let params = try body.requiredObject("params")
            let ack = try await commands.send(params.buffer, to: id, from: .operatorOfServer)
            return Response.json(try Self.describe(ack, of: id, params: params))
        }
    }

    /// The live device.
    ///
    /// Throws `deviceNotFound`.
    func snapshot(of id: DeviceID) throws(SwitchyardError) -> DeviceSnapshot {
        guard let device = registry.device(id) else {
            throw SwitchyardError(.deviceNotFound, "no device has this id")
        }
        return device.snapshot
    }

    private func list(ownedBy account: String?) async throws -> [JSON] {
        var live = registry.allDevices()
        if let account { live = registry.devices(of: try await accounts.account(named: account).id) }
        let owners = try await owners()
        return try live.map(\.snapshot)
            .sorted { ($0.device.createdAt, $0.device.id.rawValue) < ($1.device.createdAt, $1.device.id.rawValue) }
            .map { try describe($0, owner: owners[$0.device.owner]) }
    }

    func owners() async throws -> [AccountID: Account] {
        Dictionary(try await accounts.accounts().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// A device that the account has is not added again: most of what the body says would be passed over.
    private static func addition(_ body: AdminRequestBody) throws(SwitchyardError) -> DeviceService.Addition {
        let uiid = try body.uiid("uiid")
        let model = try body.text("model") ?? ""
        var addition = DeviceService.Addition(
            id: try body.requiredIdentifier("id"),
            credential: .key(try body.requiredIdentifier("apikey")),
            name: try body.text("name"),
            facts: DeviceFacts(
                uiid: uiid ?? DeviceDefaults.uiid(model: model) ?? DeviceDefaults.uiid,
                model: model,
                mac: try body.text("mac") ?? "",
                chipID: try body.text("chipid") ?? ""
            ),
            options: DeviceOptions(
                ackByUpdate: try body.flag("ackByUpdate") ?? false,
                fullSwitchesArray: try body.flag("fullSwitchesArray")
            ),
            isInterfaceChosen: uiid != nil
        )
        addition.mayExist = false
        return addition
    }

    /// What a change of a device names; `fullSwitchesArray` null has the romVersion decide.
    private func adjustment(_ body: AdminRequestBody) throws(SwitchyardError) -> DeviceService.Adjustment {
        var adjustment = DeviceService.Adjustment()
        adjustment.name = try body.text("name")
        adjustment.uiid = try body.uiid("uiid")
        adjustment.ackByUpdate = try body.flag("ackByUpdate")
        if body.has("fullSwitchesArray") { adjustment.fullSwitchesArray = .some(try body.flag("fullSwitchesArray")) }
        adjustment.settings = try Self.settings(body)
        for id in try body.texts("addApplications") {
            guard let appID = AppID(id) else { throw SwitchyardError(.invalidInput, "'\(id)' is no app id") }
            adjustment.addedApplications.insert(try existing(appID))
        }
        adjustment.removedApplications = Set(try body.texts("removeApplications").compactMap { AppID($0) })
        return adjustment
    }

    private func existing(_ id: AppID) throws(SwitchyardError) -> AppID {
        guard applications.applications().contains(where: { $0.id == id }) else {
            throw SwitchyardError(.notFound, "no application has the app id \(id)")
        }
        return id
    }

    /// `settings`: an object of names and 0 or 1, or true or false.
    private static func settings(_ body: AdminRequestBody) throws(SwitchyardError) -> [DeviceSetting: Bool] {
        guard body.has("settings") else { return [:] }
        var settings: [DeviceSetting: Bool] = [:]
        for (name, value) in try body.requiredObject("settings").objectValue ?? [:] {
            guard let setting = DeviceSetting(rawValue: name) else {
                let known = DeviceSetting.allCases.map(\.rawValue).joined(separator: ", ")
                throw SwitchyardError(.invalidInput, "'\(name)' is no setting of a device; there are \(known)")
            }
            switch value {
            case 0, false: settings[setting] = false
            case 1, true: settings[setting] = true
            default: throw SwitchyardError(.invalidInput, "'\(name)' is not 0 or 1")
            }
        }
        return settings
    }

    func describe(_ snapshot: DeviceSnapshot, owner: Account?) throws -> JSON {
        let device = snapshot.device
        let settings = DeviceSetting.allCases.map { ($0.rawValue, JSON(device.settings[$0] ? 1 : 0)) }
        let applications = device.applications.map(\.rawValue).sorted()
        let params = try JSON(parsing: snapshot.params)
        return [
            "id": JSON(device.id.rawValue),
            "name": JSON(device.name),
            "account": owner.map { JSON($0.identifier.description) } ?? nil,
            "accountID": JSON(device.owner.description),
            "uiid": JSON(device.facts.uiid),
            "uiidChosen": JSON(device.isInterfaceChosen),
            "model": JSON(device.facts.model),
            "gateway": device.parent.map { JSON($0.rawValue) } ?? nil,
            "chipid": JSON(device.facts.chipID),
            "romVersion": JSON(device.facts.romVersion),
            "firmware": params["fwVersion"]?.stringValue.map { JSON($0) } ?? nil,
            "upgrade": upgradeProgress(of: device.id),
            "mac": JSON(device.facts.mac),
            "online": JSON(snapshot.isOnline),
            "onlineAt": snapshot.onlineTime.map { JSON($0.iso8601) } ?? nil,
            "offlineAt": snapshot.offlineTime.map { JSON($0.iso8601) } ?? nil,
            "address": JSON(snapshot.address),
            "ackByUpdate": JSON(device.options.ackByUpdate),
            "fullSwitchesArray": device.options.fullSwitchesArray.map { JSON($0) } ?? nil,
            "settings": .object(JSONObject(settings)),
            "tags": .object(device.tags),
            "addedUnder": device.addedUnder.map { JSON($0.rawValue) } ?? nil,
            "applications": JSON(applications.map { JSON($0) }),
            "createdAt": JSON(device.createdAt.iso8601),
            "params": params,
        ]
    }

    private static func describe(_ ack: DeviceAck, of id: DeviceID, params: JSON) throws -> JSON {
        var answer: JSON = ["id": JSON(id.rawValue), "params": params]
        if let config = ack.config { answer["config"] = try JSON(parsing: config) }
        if let reported = ack.params { answer["deviceParams"] = try JSON(parsing: reported) }
        return answer
    }
}
