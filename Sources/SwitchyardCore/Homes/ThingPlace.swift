/// Where a thing stands, as one account has put it: every thing of an account has exactly one place there.
///
/// A receiver of a share has a place of his own for the device. Source: `coolkit-v2-http.md` §3 (`family`), §5.
package struct ThingPlace: Hashable, Sendable {
    package let home: HomeID
    package let room: RoomID?
    /// Where apps show it among the things of the home; unique there, may be negative.
    package let index: Int

    /// No thing has a lower index: a client pages from -999999.
    ///
    /// Source: `coolkit-v2-http.md` §8 (the Java client).
    package static let lowestIndex = -999_998

    package init(home: HomeID, room: RoomID?, index: Int) {
        self.home = home
        self.room = room
        self.index = index
    }
}

/// A thing with its place.
package struct PlacedThing: Hashable, Sendable {
    package let thing: ThingID
    package let place: ThingPlace

    package init(thing: ThingID, place: ThingPlace) {
        self.thing = thing
        self.place = place
    }
}

/// Where somebody wants a thing to stand; what is nil stays, or is the default for a new thing.
///
/// Source: `coolkit-v2-http.md` §4.2 (`familyid`, `roomid`, `sort` of `device/add`, `device/add-gsm`, `device/group`).
package struct Placement: Hashable, Sendable {
    /// Nil: the room's home, else the one where it is, else the account's current one.
    package var home: HomeID?
    /// Nil: no room if the thing is new or comes into another home.
    package var room: RoomID?
    /// Of a thing that comes into a home.
    package var sort: SortEnd

    package init(home: HomeID? = nil, room: RoomID? = nil, sort: SortEnd = .front) {
        self.home = home
        self.room = room
        self.sort = sort
    }

    /// Whether it asks for nothing: a thing that has a place keeps it.
    package var isDefault: Bool { home == nil && room == nil }
}

/// The things of one home, by index.
package struct HomeContents: Hashable, Sendable {
    package let home: HomeID
    package let things: [PlacedThing]

    package init(home: HomeID, things: [PlacedThing]) {
        self.home = home
        self.things = things
    }
}

/// Things that come into a room, and others that leave it.
///
/// Source: `coolkit-v2-http.md` §5, `room/thing`.
package struct RoomMove: Hashable, Sendable {
    package let room: RoomID
    /// These are in the room, and stand in none afterwards.
    package let leaving: [ThingID]
    /// These are in the room, and remain there.
    package let staying: [ThingID]
    /// These stand in the room afterwards, and in its home.
    package let entering: [ThingID]

    package init(room: RoomID, leaving: [ThingID], staying: [ThingID] = [], entering: [ThingID]) {
        self.room = room
        self.leaving = leaving
        self.staying = staying
        self.entering = entering
    }
}
