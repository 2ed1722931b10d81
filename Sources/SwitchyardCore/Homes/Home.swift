package import CoolkitWire

/// A home of an account: where its things stand, by rooms.
///
/// Every account has at least one, and one of them is the current one: what an app shows that names none.
/// Source: `coolkit-v2-http.md` §5.
package struct Home: Hashable, Sendable {
    package let id: HomeID
    package let account: AccountID
    /// At most 128 bytes.
    package var name: String
    /// Where apps show it among the account's homes; may be negative.
    package var index: Int
    package var isCurrent: Bool
    /// By index.
    package var rooms: [Room]
    package let createdAt: UnixTime

    package init(
        id: HomeID,
        account: AccountID,
        name: String,
        index: Int = 0,
        isCurrent: Bool = false,
        rooms: [Room] = [],
        createdAt: UnixTime
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.index = index
        self.isCurrent = isCurrent
        self.rooms = rooms
        self.createdAt = createdAt
    }

    /// The home that an account begins with.
    package static func first(of account: Account) -> Home {
        Home(
            id: .random(at: account.createdAt),
            account: account.id,
            name: firstName(in: account.language),
            isCurrent: true,
            createdAt: account.createdAt
        )
    }

    /// The same as in `v0022_home.sql`.
    package static func firstName(in language: Language) -> String {
        switch language {
        case .english: "Home"
        case .chinese: "我的家"
        }
    }
}

/// A room of a home.
package struct Room: Hashable, Sendable {
    package let id: RoomID
    /// At most 128 bytes.
    package var name: String
    /// Where apps show it among the home's rooms; may be negative.
    package var index: Int
    package let createdAt: UnixTime

    package init(id: RoomID, name: String, index: Int = 0, createdAt: UnixTime) {
        self.id = id
        self.name = name
        self.index = index
        self.createdAt = createdAt
    }
}

/// How much an account's homes may hold.
package struct HomeLimits: Hashable, Sendable {
    package let homes: Int
    package let roomsPerHome: Int

    package init(homes: Int, roomsPerHome: Int = HomeService.maximumRooms) {
        self.homes = homes
        self.roomsPerHome = roomsPerHome
    }
}

/// At which end a new home, room or thing comes: `sort` on the wire.
///
/// Source: `coolkit-v2-http.md` §3 ("index").
package enum SortEnd: Int, Hashable, Sendable {
    /// Before all others: the lowest index less 1.
    case front = 1
    /// Behind all others: the highest index and 1.
    case back = 2
}
