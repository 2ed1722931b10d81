import CoolkitWire

/// The members of a JSON body, found by their names as spelled, or else in other case.
///
/// A class, so that a call's parameters are small: of a function that keeps a larger call over an `await` Swift 6.3.1 overwrites
/// what is behind its frame ("freed pointer was not the last allocation").
final class BodyMembers: Sendable {
    private let object: JSONObject
    /// Where the first name that is the same but for case stands; kept only for bodies that are too large to search.
    private let positions: [String: Int]?

    /// The size up to which a search beats a table.
    private static let searchedCount = 32

    init(_ object: JSONObject) {
        self.object = object
        guard object.count > Self.searchedCount else {
            positions = nil
            return
        }
        var positions: [String: Int] = [:]
        for (position, member) in object.enumerated() {
            let name = member.key.lowercased()
            if positions[name] == nil { positions[name] = position }
        }
        self.positions = positions
    }

    subscript(name: String) -> JSON? {
        if let value = object[name] { return value }
        let lowercased = name.lowercased()
        guard let positions else { return object.first { $0.key.lowercased() == lowercased }?.value }
        return positions[lowercased].map { object[$0].value }
    }
}
