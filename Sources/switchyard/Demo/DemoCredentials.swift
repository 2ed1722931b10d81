import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer

/// The demo's random credentials, kept in `demo.json` of the data folder (0600) so that a second start has the same.
struct DemoCredentials: Codable {
    let email: String
    let password: String
    let appID: AppID
    let appSecret: String
    let deviceID: DeviceID
    let deviceKey: APIKey

    /// The kept credentials, or new ones, with account, application and device made where they are missing.
    static func prepare(in server: Switchyard) async throws -> DemoCredentials {
        let file = server.configuration.dataDirectory.path + "/demo.json"
        let credentials = try kept(in: file) ?? random(keptIn: file)
        guard let identifier = AccountIdentifier(credentials.email) else {
            throw CommandFailure.local("\(file) is damaged; remove it")
        }
        if server.applications.applications().allSatisfy({ $0.id != credentials.appID }) {
            _ = try await server.applications.create(
                name: "demo",
                id: credentials.appID,
                secret: credentials.appSecret
            )
        }
        let accounts = try await server.accounts.accounts()
        let account: Account
        if let known = accounts.first(where: { $0.identifier == identifier }) {
            account = known
        } else {
            account = try await server.accounts.create(identifier, password: credentials.password)
        }
        _ = try await server.devices.add(
            .init(
                id: credentials.deviceID,
                credential: .key(credentials.deviceKey),
                name: "Demo switch",
                facts: DeviceFacts(uiid: DeviceDefaults.uiid)
            ),
            to: account,
            under: credentials.appID
        )
        return credentials
    }

    private static func kept(in file: String) throws -> DemoCredentials? {
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try JSONDecoder().decode(DemoCredentials.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }

    private static func random(keptIn file: String) throws -> DemoCredentials {
        let credentials = DemoCredentials(
            email: "demo@example.org",
            password: RandomText.alphanumeric(length: 16),
            appID: AppID(unchecked: RandomText.alphanumeric(length: 32)),
            appSecret: RandomText.alphanumeric(length: 32),
            deviceID: DeviceID(unchecked: "1000" + RandomText.hex(bytes: 3)),
            deviceKey: APIKey(unchecked: RandomText.uuid())
        )
        try JSONEncoder().encode(credentials).write(to: URL(fileURLWithPath: file), options: .atomic)
        return credentials
    }
}
