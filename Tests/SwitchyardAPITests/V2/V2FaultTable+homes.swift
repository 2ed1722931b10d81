import CoolkitWire

/// Homes, rooms and things.
///
/// Source: `coolkit-v2-http.md` §4.1, §4.2, §5, §6.
extension V2FaultTable {
    static let homes = homesAndRooms + orders + things

    private static let long = JSON.string(String(repeating: "ü", count: 65))

    private static let homesAndRooms: [FaultCase] =
        [
            FaultCase("add home without name", 400) { $0.addHome { $0["name"] = nil } },
            FaultCase("add home with an empty name", 400) { $0.addHome { $0["name"] = "" } },
            FaultCase("add home with a blank name", 400) { $0.addHome { $0["name"] = " \t" } },
            FaultCase("add home with a name that is no text", 400) { $0.addHome { $0["name"] = ["x"] } },
            FaultCase("add home with a name of 130 bytes", 400) { $0.addHome { $0["name"] = long } },
            FaultCase("add home at no end", 400) { $0.addHome { $0["sort"] = 3 } },
            FaultCase("add home at an end in words", 400) { $0.addHome { $0["sort"] = "front" } },
            FaultCase("add home with one room name", 400) { $0.addHome { $0["roomNameList"] = "Hall" } },
            FaultCase("add home with a room name that is no text", 400) {
                $0.addHome { $0["roomNameList"] = ["Hall", 1] }
            },
            FaultCase("add home with an empty room name", 400) { $0.addHome { $0["roomNameList"] = ["Hall", ""] } },
            FaultCase("add home with 101 rooms", 20_002) {
                $0.addHome { $0["roomNameList"] = .array(Array(repeating: "Hall", count: 101)) }
            },
            FaultCase("rename home without name", 400) { $0.renameHome { $0["name"] = nil } },
            FaultCase("rename home with a name of 130 bytes", 400) { $0.renameHome { $0["name"] = long } },
            FaultCase("rename home with an id that is no text", 400) { $0.renameHome { $0["id"] = [:] } },
            FaultCase("remove home without id", 400) { $0.removeHome("") },
            FaultCase("remove home in favour of itself", 400) {
                $0.removeHome("id=\($0.homes.own)&deviceFamily=\($0.homes.own)")
            },
            FaultCase("remove home and stay there", 400) {
                $0.removeHome("id=\($0.homes.own)&switchFamily=\($0.homes.own)")
            },
            FaultCase("remove home in favour of a foreign one", 405) {
                $0.removeHome("id=\($0.homes.own)&deviceFamily=\($0.homes.foreign)")
            },
            FaultCase("remove home and go to a foreign one", 405) {
                $0.removeHome("id=\($0.homes.own)&switchFamily=\($0.homes.foreign)")
            },
            FaultCase("remove home in favour of none", 405) { $0.removeHome("id=\($0.homes.own)&deviceFamily=x") },
            FaultCase("select home without id", 400) { $0.selectHome { $0["id"] = nil } },
            FaultCase("add room without name", 400) { $0.addRoom { $0["name"] = nil } },
            FaultCase("add room without familyid", 400) { $0.addRoom { $0["familyid"] = nil } },
            FaultCase("add room with a name of 130 bytes", 400) { $0.addRoom { $0["name"] = long } },
            FaultCase("add room at no end", 400) { $0.addRoom { $0["sort"] = 0 } },
            FaultCase("rename room without name", 400) { $0.renameRoom { $0["name"] = nil } },
            FaultCase("rename room without id", 400) { $0.renameRoom { $0["id"] = nil } },
            FaultCase("remove room without id", 400) { $0.removeRoom("") },
        ] + absentHomes + absentRooms

    private typealias Name = (kind: String, id: @Sendable (FaultWorld) -> String)

    private static let homeNames: [Name] = [
        ("unknown", { _ in FaultHomes.absent }), ("impossible", { _ in "home" }), ("foreign", { $0.homes.foreign }),
    ]

    private static let roomNames: [Name] = [
        ("unknown", { _ in FaultHomes.absent }), ("impossible", { _ in "room" }), ("foreign", { $0.homes.foreignRoom }),
    ]

    /// What does not exist, is no id at all, or is another account's.
    private static let absentHomes: [FaultCase] = homeNames.flatMap { name in
        let (kind, id) = name
        return [
            FaultCase("rename \(kind) home", 405) { world in world.renameHome { $0["id"] = .string(id(world)) } },
            FaultCase("remove \(kind) home", 405) { $0.removeHome("id=\(id($0))") },
            FaultCase("select \(kind) home", 405) { world in world.selectHome { $0["id"] = .string(id(world)) } },
            FaultCase("add room to \(kind) home", 405) { world in world.addRoom { $0["familyid"] = .string(id(world)) }
            },
            FaultCase("sort rooms of \(kind) home", 405) { world in
                world.sortRooms { $0["familyid"] = .string(id(world)) }
            },
            FaultCase("sort things of \(kind) home", 405) { world in
                world.sortThings { $0["familyid"] = .string(id(world)) }
            },
            FaultCase("things of \(kind) home", 405) { $0.things("familyid=\(id($0))&num=0") },
        ]
    }

    private static let absentRooms: [FaultCase] = roomNames.flatMap { name in
        let (kind, id) = name
        return [
            FaultCase("rename \(kind) room", 405) { world in world.renameRoom { $0["id"] = .string(id(world)) } },
            FaultCase("remove \(kind) room", 405) { $0.removeRoom(id($0)) },
            FaultCase("set things of \(kind) room", 405) { world in
                world.setRoomThings { $0["roomid"] = .string(id(world)) }
            },
        ]
    }

    private static let orders: [FaultCase] = [
        FaultCase("sort rooms of the current home with those of another", 400) {
            $0.sortRooms { $0["familyid"] = nil }
        },
        FaultCase("sort rooms without idList", 400) { $0.sortRooms { $0["idList"] = nil } },
        FaultCase("sort rooms by a text", 400) { $0.sortRooms { $0["idList"] = "x" } },
        FaultCase("sort rooms by numbers", 400) { $0.sortRooms { $0["idList"] = [1] } },
        FaultCase("sort rooms by an impossible id", 400) { $0.sortRooms { $0["idList"] = ["x"] } },
        FaultCase("sort rooms with none", 400) { $0.sortRooms { $0["idList"] = [] } },
        FaultCase("sort rooms with one twice", 400) { world in
            world.sortRooms { $0["idList"] = [.string(world.homes.secondRoom), .string(world.homes.secondRoom)] }
        },
        FaultCase("sort rooms with one of another home", 400) { world in
            world.sortRooms { $0["idList"] = [.string(world.homes.ownRoom)] }
        },
        FaultCase("sort things without thingList", 400) { $0.sortThings { $0["thingList"] = nil } },
        FaultCase("sort things with one missing", 400) {
            $0.sortThings { $0["thingList"] = [FaultWorld.thing(FaultWorld.ownDevice)] }
        },
        FaultCase("sort things with one twice", 400) {
            $0.sortThings {
                $0["thingList"] = [FaultWorld.thing(FaultWorld.ownDevice), FaultWorld.thing(FaultWorld.ownDevice)]
            }
        },
        FaultCase("sort things with a foreign one", 400) {
            $0.sortThings {
                $0["thingList"] = [FaultWorld.thing(FaultWorld.ownDevice), FaultWorld.thing(FaultWorld.foreignDevice)]
            }
        },
        FaultCase("set things without room", 400) { $0.setRoomThings { $0["roomid"] = nil } },
        FaultCase("set things without the old ones", 400) { $0.setRoomThings { $0["oldThingList"] = nil } },
        FaultCase("set things without the new ones", 400) { $0.setRoomThings { $0["newThingList"] = nil } },
        FaultCase("set things with one twice", 400) {
            $0.setRoomThings {
                $0["newThingList"] = [FaultWorld.thing(FaultWorld.ownDevice), FaultWorld.thing(FaultWorld.ownDevice)]
            }
        },
        FaultCase("put a foreign thing into a room", 405) {
            $0.setRoomThings {
                $0["newThingList"] = [
                    FaultWorld.thing(FaultWorld.ownDevice), FaultWorld.thing(FaultWorld.foreignDevice),
                ]
            }
        },
        FaultCase("take a thing out of a room that is not in it", 400) {
            $0.setRoomThings { $0["oldThingList"] = [FaultWorld.thing(FaultWorld.ownDevice)] }
        },
        FaultCase("take an absent thing out of a room", 400) {
            $0.setRoomThings { $0["oldThingList"] = [FaultWorld.thing(FaultWorld.absentDevice)] }
        },
    ]

    private static let things: [FaultCase] = [
        FaultCase("things with num in words", 400) { $0.things("num=all") },
        FaultCase("things with a negative num", 400) { $0.things("num=-1") },
        FaultCase("things with a fraction of a num", 400) { $0.things("num=1.5") },
        FaultCase("things with beginIndex in words", 400) { $0.things("beginIndex=first") },
        FaultCase("named things without thingList", 400) { $0.namedThings(nil) },
        FaultCase("named things with none", 400) { $0.namedThings([]) },
        FaultCase("named things with a text", 400) { $0.namedThings("1000a1b2c3") },
        FaultCase("named things with texts", 400) { $0.namedThings(["1000a1b2c3"]) },
        FaultCase("named things with 11", 400) { world in
            world.namedThings(.array((0..<11).map { FaultWorld.thing("100000000\($0 % 10)") }))
        },
        FaultCase("named things without itemType", 400) { $0.namedThings([["id": "1000a1b2c3"]]) },
        FaultCase("named things without id", 400) { $0.namedThings([["itemType": 1]]) },
        FaultCase("named things of an unknown type", 400) { $0.namedThings([FaultWorld.thing("1000a1b2c3", type: 6)]) },
        FaultCase("named things with an empty id", 400) { $0.namedThings([FaultWorld.thing("")]) },
        FaultCase("sort things with a group that is no id", 400) {
            $0.sortThings { $0["thingList"] = [FaultWorld.thing(FaultWorld.ownDevice, type: 3)] }
        },
        FaultCase("homepage with things in words", 400) { $0.homepage { $0["getThing"] = "all" } },
        FaultCase("homepage with the user as a flag", 400) { $0.homepage { $0["getUser"] = true } },
        FaultCase("homepage with homes as a list", 400) { $0.homepage { $0["getFamily"] = [] } },
        FaultCase("homepage with num in words", 400) { $0.homepage { $0["getThing"] = ["num": "all"] } },
        FaultCase("homepage with messages in words", 400) { $0.homepage { $0["getMessage"] = "all" } },
        FaultCase("homepage with 31 messages", 400) { $0.homepage { $0["getMessage"] = ["num": 31] } },
        FaultCase("homepage with messages from never", 400) { $0.homepage { $0["getMessage"] = ["from": "x"] } },
        FaultCase("homepage with a negative num", 400) { $0.homepage { $0["getThing"] = ["num": -1] } },
        FaultCase("homepage with beginIndex as a list", 400) { $0.homepage { $0["getThing"] = ["beginIndex": []] } },
    ]
}
