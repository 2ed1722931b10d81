import CoolkitWire
import SwitchyardCore

/// Homes, rooms and things in parameters.
///
/// What cannot be an id is an object that does not exist: 405, as for any other. Source: `coolkit-v2-http.md` §1.4, §4.1.
extension RequestParameters {
    /// A home that may be absent, null or empty.
    ///
    /// Throws `notFound` for what can be none, `invalidInput` for what is no text.
    func home(_ name: String) throws(SwitchyardError) -> HomeID? {
        guard let text = try optionalText(name) else { return nil }
        guard let id = HomeID(text) else { throw SwitchyardError(.notFound, "home not found") }
        return id
    }

    /// Throws `invalidInput` when it is absent, and as above.
    func requiredHome(_ name: String) throws(SwitchyardError) -> HomeID {
        guard let id = try home(name) else { throw SwitchyardError(.invalidInput, "params incomplete: \(name)") }
        return id
    }

    /// A room that may be absent, null or empty.
    func room(_ name: String) throws(SwitchyardError) -> RoomID? {
        guard let text = try optionalText(name) else { return nil }
        guard let id = RoomID(text) else { throw SwitchyardError(.notFound, "room not found") }
        return id
    }

    /// Throws `invalidInput` when it is absent, and as above.
    func requiredRoom(_ name: String) throws(SwitchyardError) -> RoomID {
        guard let id = try room(name) else { throw SwitchyardError(.invalidInput, "params incomplete: \(name)") }
        return id
    }

    /// `sort`: 1, the default, in front of the others, 2 behind them.
    func sortEnd() throws(SwitchyardError) -> SortEnd {
        guard let number = try wholeNumber("sort") else { return .front }
        guard let end = SortEnd(rawValue: number) else {
            throw SwitchyardError(.invalidInput, "params is error: sort is 1 or 2")
        }
        return end
    }

    /// Where a new thing shall stand: `familyid`, `roomid` and `sort`.
    ///
    /// Source: `coolkit-v2-http.md` §4.2.
    func placement() throws(SwitchyardError) -> Placement {
        Placement(home: try home("familyid"), room: try room("roomid"), sort: try sortEnd())
    }

    /// A list of things, `[{"itemType":1,"id":"1000a1b2c3"}]`.
    ///
    /// Throws `invalidInput` when it is absent, and for an element that names no thing.
    func things(_ name: String) throws(SwitchyardError) -> [ThingID] {
        let things = try possibleThings(name)
        guard !things.contains(nil) else { throw SwitchyardError(.invalidInput, "params is error: \(name)") }
        return things.compactMap(\.self)
    }

    /// The same with nil for what can be no id: a thing that nobody has.
    func possibleThings(_ name: String) throws(SwitchyardError) -> [ThingID?] {
        var things: [ThingID?] = []
        for element in try elements(name) {
            guard let element = element.objectValue, let type = element["itemType"]?.intValue, (1...5).contains(type),
                let value = element["id"], let id = value.stringValue ?? value.numberValue?.text, !id.isEmpty
            else { throw SwitchyardError(.invalidInput, "params is error: \(name)") }
            things.append(ThingID(itemType: type, id: id))
        }
        return things
    }

    /// A list of rooms by id.
    ///
    /// Throws `invalidInput` when it is absent, and for what is no id.
    func rooms(_ name: String) throws(SwitchyardError) -> [RoomID] {
        var rooms: [RoomID] = []
        for element in try elements(name) {
            guard let id = element.stringValue.flatMap({ RoomID($0) }) else {
                throw SwitchyardError(.invalidInput, "params is error: \(name)")
            }
            rooms.append(id)
        }
        return rooms
    }

    /// A list of texts that may be absent or null.
    func texts(_ name: String) throws(SwitchyardError) -> [String] {
        guard let value = value(name), !value.isNull else { return [] }
        var texts: [String] = []
        for element in try elements(name) {
            guard let text = element.stringValue, !text.utf8.contains(0) else {
                throw SwitchyardError(.invalidInput, "params is error: \(name)")
            }
            texts.append(text)
        }
        return texts
    }

    private func elements(_ name: String) throws(SwitchyardError) -> [JSON] {
        guard let value = value(name) else { throw SwitchyardError(.invalidInput, "params incomplete: \(name)") }
        guard case .array(let elements) = value else {
            throw SwitchyardError(.invalidInput, "params is error: \(name)")
        }
        return elements
    }

    /// A whole number that may be absent, null or empty.
    func wholeNumber(_ name: String) throws(SwitchyardError) -> Int? {
        guard let value = value(name), !value.isNull, value.stringValue != "" else { return nil }
        guard let number = value.intValue else { throw SwitchyardError(.invalidInput, "params is error: \(name)") }
        return number
    }
}

extension ThingID {
    /// Reads what a call says of a thing: 1, 2 and 5 are devices, 3 and 4 groups.
    ///
    /// Nil for another type, and for what can be no id. Source: `coolkit-v2-http.md` §3.
    init?(itemType: Int, id: String) {
        switch itemType {
        case 1, 2, 5:
            guard let device = DeviceID(id) else { return nil }
            self = .device(device)
        case 3, 4:
            guard let group = ThingGroupID(id) else { return nil }
            self = .group(group)
        default: return nil
        }
    }
}
