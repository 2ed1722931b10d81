import CoolkitWire
import SwitchyardCore

/// A home with its rooms.
///
/// Homes have no members here, and are all of the usual kind. Source: `coolkit-v2-http.md` §5.
struct V2HomeObject {
    let home: Home
    /// That of the account.
    let apiKey: APIKey

    func write(into object: inout JSONMembers) {
        object.add("id", home.id.description)
        object.add("apikey", apiKey.rawValue)
        object.add("name", home.name)
        object.add("index", home.index)
        object.add("familyType", 1)
        object.add("members", [])
        object.add("roomList", rooms: home.rooms)
    }
}

extension JSONMembers {
    /// Adds an array of rooms.
    mutating func add(_ name: StaticString, rooms: [Room]) {
        add(name, array: rooms) { room, buffer in
            buffer.writeJSONObject(room.writeMembers)
        }
    }

    /// Adds what `GET /v2/family` says of an account's homes.
    mutating func add(homes: [Home], apiKey: APIKey) {
        add("familyList", array: homes.map { V2HomeObject(home: $0, apiKey: apiKey) }) { home, buffer in
            buffer.writeJSONObject(home.write)
        }
        if let current = homes.first(where: \.isCurrent) { add("currentFamilyId", current.id.description) }
        add("hasChangedCurrentFamily", false)
    }
}

extension Room {
    func writeMembers(into object: inout JSONMembers) {
        object.add("id", id.description)
        object.add("name", name)
        object.add("index", index)
    }
}

extension [Home] {
    /// About how many bytes an answer takes that has them.
    var typicalBytes: Int { reduce(128) { $0 + 320 + $1.rooms.count * 192 } }
}
