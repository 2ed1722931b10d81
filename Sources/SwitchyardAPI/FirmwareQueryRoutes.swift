import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// `POST /otaother/app`: an app asks whether there is newer firmware for devices.
///
/// Source: `coolkit-v1-http.md` §6.2.
struct FirmwareQueryRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let upgrades: UpgradeService

    /// More devices than this are not asked about at a time.
    private static let maximumDevices = 1_000

    func add(to router: Router<APIRequestContext>) {
        router.post("/otaother/app", use: updates)
    }

    /// One entry for each device that was asked about, in the same order; without `version` where there is nothing newer, as for
    /// devices of others.
    @Sendable
    private func updates(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearerBody(request)
        let queries = try UpgradeService.Query.list(in: call.parameters, count: 0...Self.maximumDevices)
        let entries = queries.map { query in
            (
                query.device,
                upgrades.update(query, for: call.grant.accountID, through: context.connection.localAddress)
            )
        }
        return .object(capacity: 128 + 512 * entries.count) { answer in
            answer.add("error", 0)
            answer.add("rtnCode", 0)
            answer.add("upgradeInfoList", array: entries) { entry, buffer in
                buffer.writeJSONObject { Self.write(entry.0, entry.1, into: &$0) }
            }
        }
    }

    private static func write(_ device: DeviceID, _ update: UpgradeService.Update?, into entry: inout JSONMembers) {
        entry.add("deviceid", device.rawValue)
        guard let update else { return }
        entry.add("model", update.release.model)
        entry.add("version", update.release.version.text)
        entry.add("binList", JSON(update.bins.map(\.json)))
    }

}

extension UpgradeService.Query {
    /// The devices that a call asks about: `deviceInfoList`.
    ///
    /// Throws `invalidInput`.
    static func list(
        in parameters: RequestParameters,
        count: ClosedRange<Int>
    ) throws(SwitchyardError) -> [UpgradeService.Query] {
        guard let value = parameters.value("deviceInfoList") else {
            throw SwitchyardError(.invalidInput, "params incomplete: deviceInfoList")
        }
        guard let entries = value.arrayValue, count.contains(entries.count) else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: deviceInfoList is no array of \(count.lowerBound) to \(count.upperBound) entries"
            )
        }
        var queries: [UpgradeService.Query] = []
        for entry in entries { queries.append(try UpgradeService.Query(entry)) }
        return queries
    }

    /// Model and version may be missing, as they are for a device that has never been online: then nothing is newer.
    private init(_ entry: JSON) throws(SwitchyardError) {
        guard let object = entry.objectValue, let id = object["deviceid"]?.stringValue.flatMap({ DeviceID($0) }),
            let model = Self.text(object["model"]), let version = Self.text(object["version"])
        else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: an entry of deviceInfoList has no deviceid, model, version"
            )
        }
        self.init(device: id, model: model, version: version)
    }

    /// A text, or a number as it is spelled; empty when absent, nil for what is neither.
    private static func text(_ value: JSON?) -> String? {
        switch value {
        case nil, .null?: ""
        case .string(let text)?: text
        case .number(let number)?: number.text
        default: nil
        }
    }
}
