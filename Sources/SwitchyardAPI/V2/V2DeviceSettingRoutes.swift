import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// What apps keep with a device: its tags, and its settings.
///
/// Both are for the owner: 406 for the receiver of a share. Source: `coolkit-v2-http.md` §3, §4.2.
struct V2DeviceSettingRoutes: Sendable {
    let authenticator: V2Authenticator
    let devices: DeviceService

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/device/tags", use: setTags)
        router.post("/v2/device/settings", use: setSettings)
    }

    @Sendable
    private func setTags(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let id = try call.parameters.requiredDevice()
        guard let kind = DeviceService.TagChange(rawValue: try call.parameters.optionalText("type") ?? "replace") else {
            throw SwitchyardError(.invalidInput, "params is error: type is replace or merge")
        }
        guard let tags = try call.parameters.optionalObject("tags") else {
            throw SwitchyardError(.invalidInput, "params incomplete: tags")
        }
        _ = try await devices.setTags(tags, as: kind, of: id, by: call.account)
        let thing = try await devices.thing(.device(id), visibleTo: call.account)
        return .version2(capacity: [thing].typicalBytes) { data in
            data.add("updatedThing", V2ThingObject(thing: thing).write)
        }
    }

    /// Changes all devices or none.
    @Sendable
    private func setSettings(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let list = try call.parameters.elements("deviceidList", count: 1...DeviceService.maximumDevicesAtOnce)
        guard let settings = try call.parameters.optionalObject("settings") else {
            throw SwitchyardError(.invalidInput, "params incomplete: settings")
        }
        var ids: [DeviceID] = []
        for element in list { ids.append(try Self.deviceID(element)) }
        _ = try await devices.setSettings(settings, of: ids, by: call.account)
        let things = try await devices.things(ids.map { .device($0) }, visibleTo: call.account)
        return .version2(capacity: things.typicalBytes, lists: LongLists(devices, visibleTo: call.account)) {
            $0.add("updatedThingList", things: things)
        }
    }

    private static func deviceID(_ element: JSON) throws(SwitchyardError) -> DeviceID {
        guard let text = element.stringValue else {
            throw SwitchyardError(.invalidInput, "params is error: deviceidList has texts")
        }
        guard let id = DeviceID(text) else { throw SwitchyardError(.deviceNotFound, "device not found") }
        return id
    }
}
