import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// `/v2/device/thing/status`, `/v2/device/thing/batch-status`: what a device or a group is known to be, and commands to them.
///
/// A device or group of somebody else is as good as none. Source: `coolkit-v2-http.md` §4.2.
struct V2DeviceStatusRoutes: Sendable {
    let authenticator: V2Authenticator
    let devices: DeviceService
    let groups: ThingGroupService
    let commands: DeviceCommands
    let batch: CommandBatch

    func add(to router: Router<APIRequestContext>) {
        router.get("/v2/device/thing/status", use: status)
        router.post("/v2/device/thing/status", use: control)
        router.post("/v2/device/thing/batch-status", use: controlAll)
    }

    /// Answers from the stored state, whether the device is online or not.
    @Sendable
    private func status(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let names = (call.parameters.text("params") ?? "").split(separator: "|").map(String.init)
        let params = try await params(of: try CommandBatch.Target(call.parameters), named: names, for: call.account)
        return .version2(capacity: 64 + params.readableBytes) { $0.add("params", json: params) }
    }

    private func params(
        of target: CommandBatch.Target,
        named names: [String],
        for account: AccountID
    ) async throws(SwitchyardError) -> ByteBuffer {
        guard case .group(let id) = target else { return try params(of: target.device, named: names, for: account) }
        return try await groups.group(id, of: account).params(named: names)
    }

    private func params(
        of device: DeviceID?,
        named names: [String],
        for account: AccountID
    ) throws(SwitchyardError) -> ByteBuffer {
        guard let device else { throw CommandBatch.Target.absent(1) }
        return try devices.params(of: device, named: names, visibleTo: account)
    }

    /// A device's command is answered after its ack, a group's when all members have acked, refused or let the time pass.
    @Sendable
    private func control(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let target = try CommandBatch.Target(call.parameters)
        let params = try CommandBatch.Order.params(call.parameters.value("params"))
        if case .group(let id) = target {
            try await groups.send(params, to: id, from: call.account)
        } else {
            try await control(target.device, params, for: call.account)
        }
        return .version2()
    }

    private func control(
        _ device: DeviceID?,
        _ params: ByteBuffer,
        for account: AccountID
    ) async throws(SwitchyardError) {
        guard let device else { throw CommandBatch.Target.absent(1) }
        _ = try devices.device(device, visibleTo: account)
        do throws(SwitchyardError) {
            _ = try await commands.send(params, to: device, from: .account(account))
        } catch {
            // Too many commands wait for the device: to an app it does not answer.
            throw error.code == .busy ? SwitchyardError(.deviceTimeout, error.message) : error
        }
    }

    /// Without `timeout` nothing is waited for: then, as for groups, the answer is 0 in any case.
    ///
    /// Source of the default and of these zeros: API Center v2, "Update the Status of Multiple Devices or Groups".
    @Sendable
    private func controlAll(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let things = try call.parameters.elements("thingList", count: 1...CommandBatch.maximumOrders)
        let timeout = try call.parameters.number("timeout", in: 0...CommandBatch.maximumWait.wholeMilliseconds) ?? 0
        var orders: [CommandBatch.Order] = []
        for thing in things { orders.append(try CommandBatch.Order(thing)) }
        let results = try await batch.send(orders, from: call.account, waiting: .milliseconds(timeout))
        return .version2(capacity: 64 + 96 * orders.count) { data in
            data.add("respList", array: Array(zip(orders, results))) { entry, buffer in
                buffer.writeJSONObject { $0.addAnswer(to: entry.0.target, entry.1) }
            }
        }
    }
}

extension CommandBatch.Target {
    /// Reads `type` and `id`; what can be no id of that type is a thing that does not exist.
    ///
    /// Throws `invalidInput`, `deviceNotFound`, `notFound`.
    fileprivate init(_ parameters: RequestParameters) throws(SwitchyardError) {
        guard let type = parameters.integer("type") else {
            throw SwitchyardError(.invalidInput, "params incomplete: type")
        }
        self = try Self.named(try parameters.required("id"), type: type)
    }

    fileprivate static func named(_ id: String, type: Int) throws(SwitchyardError) -> Self {
        switch type {
        case 1:
            guard let device = DeviceID(id) else { throw absent(type) }
            return .device(device)
        case 2:
            guard let group = ThingGroupID(id) else { throw absent(type) }
            return .group(group)
        default:
            throw SwitchyardError(.invalidInput, "params is error: type is 1 for a device, 2 for a group")
        }
    }

    fileprivate static func absent(_ type: Int) -> SwitchyardError {
        type == 1
            ? SwitchyardError(.deviceNotFound, "device not found")
            : SwitchyardError(.notFound, "the group does not exist")
    }

    fileprivate var device: DeviceID? {
        guard case .device(let id) = self else { return nil }
        return id
    }
}

extension CommandBatch.Order {
    /// Reads an element of `thingList`.
    ///
    /// Throws `invalidInput`, also for what can be no id: whoever lists several things has had them listed.
    fileprivate init(_ element: JSON) throws(SwitchyardError) {
        guard let type = element["type"]?.intValue, let id = element["id"]?.stringValue else {
            throw SwitchyardError(.invalidInput, "params is error: an element of thingList has no type, id, params")
        }
        let target: CommandBatch.Target
        do throws(SwitchyardError) {
            target = try .named(id, type: type)
        } catch {
            throw SwitchyardError(.invalidInput, "params is error: an element of thingList has no type, id, params")
        }
        self.init(target: target, params: try Self.params(element["params"]))
    }

    /// The params as JSON text: numbers keep their spelling, members their order.
    fileprivate static func params(_ value: JSON?) throws(SwitchyardError) -> ByteBuffer {
        guard let value else { throw SwitchyardError(.invalidInput, "params incomplete: params") }
        guard value.objectValue != nil else {
            throw SwitchyardError(.invalidInput, "params is error: params is no object")
        }
        return value.buffer
    }
}

extension ThingGroup {
    /// The params with these names, all when there are none; `{}` when none is known.
    fileprivate func params(named names: [String]) -> ByteBuffer {
        // What is stored is an object.
        guard !names.isEmpty, let document = try? ParamsDocument(bytes: params) else {
            return ByteBuffer(bytes: params)
        }
        return document.selecting(names) ?? ByteBuffer(string: "{}")
    }
}

extension JSONMembers {
    /// Writes an element of `respList`.
    fileprivate mutating func addAnswer(to target: CommandBatch.Target, _ result: CommandBatch.Result) {
        switch target {
        case .device(let id):
            add("type", 1)
            add("id", id.rawValue)
        case .group(let id):
            add("type", 2)
            add("id", id.description)
        }
        let code: WireCodeV2 =
            switch result {
            case .sent: .ok
            case .offline: .deviceOffline
            case .failed: .controlFailed
            }
        add("error", code.rawValue)
    }
}
