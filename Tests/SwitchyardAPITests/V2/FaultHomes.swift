import SwitchyardCore

/// Homes and rooms that the requests of the fault table name: two of the asking account, one of another.
struct FaultHomes: Sendable {
    /// The asking account's current home, in which its things stand, and a room of it.
    let own: String
    let ownRoom: String
    /// Another home of the asking account, and a room of it.
    let second: String
    let secondRoom: String
    let foreign: String
    let foreignRoom: String

    static let absent = "65000000000000000000dead"

    init(_ rig: TLSRig, asking account: Account, other: Account) async throws {
        let homes = rig.devices.homes
        func room(_ home: HomeID, _ account: Account) async throws -> String {
            try await homes.addRoom(named: "Hall", to: home, at: .back, for: account.id).id.description
        }
        let first = try await homes.contents(of: nil, for: account.id).home
        let lake = try await homes.create(named: "Lake", rooms: ["Attic"], at: .back, for: account.id)
        let bobs = try await homes.contents(of: nil, for: other.id).home
        (own, ownRoom) = (first.description, try await room(first, account))
        (second, secondRoom) = (lake.id.description, lake.rooms.first?.id.description ?? "")
        (foreign, foreignRoom) = (bobs.description, try await room(bobs, other))
    }
}
