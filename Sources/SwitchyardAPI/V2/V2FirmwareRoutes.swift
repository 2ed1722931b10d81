import CoolkitWire
import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// `POST /v2/device/ota/query`: an app asks whether there is newer firmware for devices.
///
/// Source: `coolkit-v2-http.md` §4.2.
struct V2FirmwareRoutes: Sendable {
    let authenticator: V2Authenticator
    let upgrades: UpgradeService

    /// More devices than this are not asked about at a time.
    private static let maximumDevices = 30

    func add(to router: Router<APIRequestContext>) {
        router.post("/v2/device/ota/query", use: updates)
    }

    /// Answers what there is newer firmware for, and nothing for other devices and those of others.
    @Sendable
    private func updates(_ request: Request, context: APIRequestContext) async throws -> Response {
        let call = try await authenticator.bearer(request)
        let queries = try UpgradeService.Query.list(in: call.parameters, count: 1...Self.maximumDevices)
        let localAddress = context.connection.localAddress
        let found = queries.compactMap { query in
            upgrades.update(query, for: call.account, through: localAddress).map { (query.device, $0) }
        }
        return .version2(capacity: 64 + 512 * found.count) { data in
            data.add("otaInfoList", array: found) { entry, buffer in
                buffer.writeJSONObject { Self.write(entry.1, of: entry.0, into: &$0) }
            }
        }
    }

    /// Reserved words, `type` and `forceTime`, are empty.
    ///
    /// Source: API Center v2, "Get Device OTA Update Information".
    private static func write(_ update: UpgradeService.Update, of device: DeviceID, into entry: inout JSONMembers) {
        entry.add("deviceid", device.rawValue)
        entry.add("version", update.release.version.text)
        entry.add("binList", JSON(update.bins.map(\.json)))
        entry.add("type", "")
        entry.add("forceTime", "")
    }
}
