import Hummingbird
import SwitchyardCore

extension CoolkitAPI {
    /// Version 2 of the interface, a second face of the same accounts and devices.
    ///
    /// Errors are thrown as in version 1; `ErrorShape.version2` renders them. Source: `coolkit-v2-http.md`.
    func addVersion2(to router: Router<APIRequestContext>) {
        let authenticator = V2Authenticator(base: authenticator)
        if let callRate { router.add(middleware: V2CallRateLimit(rate: callRate)) }
        // Accounts
        V2RegionRoutes(authenticator: authenticator, settings: settings).add(to: router)
        V2LoginRoutes(authenticator: authenticator, accounts: accounts).add(to: router)
        V2VerificationRoutes(authenticator: authenticator, accounts: accounts, verification: verification)
            .add(to: router)
        V2ProfileRoutes(authenticator: authenticator, accounts: accounts).add(to: router)
        V2SessionRoutes(authenticator: authenticator, accounts: accounts, sessions: sessions).add(to: router)
        // Homes and things
        V2HomeRoutes(authenticator: authenticator, homes: devices.homes).add(to: router)
        V2RoomRoutes(authenticator: authenticator, homes: devices.homes).add(to: router)
        V2ThingRoutes(authenticator: authenticator, devices: devices).add(to: router)
        V2HomepageRoutes(
            authenticator: authenticator,
            accounts: accounts,
            devices: devices,
            messages: messages
        ).add(to: router)
        // Devices
        addVersion2Devices(to: router, authenticator)
        // Groups, shares and messages
        V2GroupRoutes(authenticator: authenticator, groups: thingGroups, devices: devices).add(to: router)
        V2ShareRoutes(authenticator: authenticator, sharing: sharing, devices: devices).add(to: router)
        V2MessageRoutes(authenticator: authenticator, messages: messages, homes: devices.homes).add(to: router)
        // OAuth
        V2OAuthRoutes(authenticator: authenticator, oauth: oauth).add(to: router)
        OAuthPageRoutes(oauth: oauth, credentials: accounts.limits.credentials, settings: settings).add(to: router)
    }

    private func addVersion2Devices(to router: Router<APIRequestContext>, _ authenticator: V2Authenticator) {
        V2DeviceStatusRoutes(
            authenticator: authenticator,
            devices: devices,
            groups: thingGroups,
            commands: commands,
            batch: CommandBatch(commands: commands, groups: thingGroups, timer: pauses)
        ).add(to: router)
        V2DeviceRoutes(authenticator: authenticator, accounts: accounts, devices: devices).add(to: router)
        V2DeviceSettingRoutes(authenticator: authenticator, devices: devices).add(to: router)
        V2HistoryRoutes(authenticator: authenticator, history: history).add(to: router)
        V2FirmwareRoutes(authenticator: authenticator, upgrades: upgrades).add(to: router)
    }
}
