import CoolkitWire
import SwitchyardCore

/// All that a store holds, to see that a request changed nothing.
struct StoreContents: Hashable {
    let accounts: [Account]
    let applications: [ClientApplication]
    let tokens: Set<TokenRecord>
    let devices: [Device]
    let states: [DeviceState]
    let deleted: Set<DeletedDevice>
    let groups: [DeviceGroup]
    let memberships: [[DeviceID: [GroupID]]]
    let homes: [Home]
    let places: [[ThingID: ThingPlace]]
    let factoryRecords: Set<FactoryRecord>
    let shares: [Share]
    let firmware: Set<FirmwareRelease>
    let history: [[HistoryRecord]]
    let outbox: [OutboxMessage]
    let thingGroups: [[ThingGroup]]
    let messages: [[AccountMessage]]

    init(of store: any Store) async throws {
        accounts = try await store.accounts()
        applications = try await store.applications()
        tokens = Set(try await store.liveTokens(at: UnixTime(milliseconds: 0)))
        let pairs = try await store.devices().sorted { $0.0.id.rawValue < $1.0.id.rawValue }
        devices = pairs.map(\.0)
        states = pairs.map(\.1)
        deleted = Set(try await store.deletedDevices())
        var groups: [DeviceGroup] = []
        var memberships: [[DeviceID: [GroupID]]] = []
        var homes: [Home] = []
        var places: [[ThingID: ThingPlace]] = []
        for account in accounts {
            groups += try await store.groups(of: account.id)
            memberships.append(try await store.memberships(of: account.id))
            homes += try await store.homes(of: account.id)
            places.append(try await store.places(of: account.id))
        }
        self.homes = homes
        self.places = places
        self.groups = groups
        self.memberships = memberships
        factoryRecords = Set(try await store.factoryRecords())
        shares = try await store.shares()
        firmware = Set(try await store.firmware())
        var history: [[HistoryRecord]] = []
        for device in devices { history.append(try await store.history(of: device.id, HistoryQuery(limit: 1_000))) }
        self.history = history
        var thingGroups: [[ThingGroup]] = []
        var messages: [[AccountMessage]] = []
        for account in accounts {
            thingGroups.append(try await store.thingGroups(of: account.id))
            messages.append(try await store.messages(of: account.id, MessageQuery(limit: 1_000)))
        }
        self.thingGroups = thingGroups
        self.messages = messages
        outbox = try await store.outbox(since: UnixTime(milliseconds: 0))
    }
}
