import CoolkitWire
import NIOCore
import SwitchyardCore

/// A thing as version 2 shows it to an account: `{"itemType":1,"itemData":{…},"index":-1}`.
///
/// Source: `coolkit-v2-http.md` §3; the order of the members is that of the example in §4.1.
struct V2ThingObject {
    let thing: ThingView

    /// Bytes that an item takes without what may be large, roughly.
    private static let typicalBytes = 1_152
    /// The same of a share, and of a group that the device is in.
    private static let shareBytes = 256
    private static let groupBytes = 64

    /// About how many bytes it takes.
    var size: Int {
        switch thing.content {
        case .device(let snapshot, let groups):
            Self.typicalBytes + snapshot.params.count + snapshot.device.tags.size + snapshot.device.settings.others.size
                + Self.shareBytes * snapshot.sharedTo.count + Self.groupBytes * groups.count
        case .group(let group): 256 + group.params.count
        }
    }

    /// 1 own device, 2 device of another account, 3 group.
    private var itemType: Int {
        switch thing.content {
        case .device(let snapshot, _): snapshot.sharedBy == nil ? 1 : 2
        case .group: 3
        }
    }

    /// Writes the three members of an item.
    func write(into item: inout JSONMembers) {
        item.add("itemType", itemType)
        item.add("itemData") { data in
            switch thing.content {
            case .device(let snapshot, let groups): write(snapshot, in: groups, into: &data)
            case .group(let group): write(group, into: &data)
            }
        }
        item.add("index", thing.place.index)
    }

    private func write(_ snapshot: DeviceSnapshot, in groups: [ThingGroupID], into data: inout JSONMembers) {
        let (device, version1) = (snapshot.device, DeviceObject(snapshot: snapshot, groups: []))
        data.add("name", device.name)
        data.add("deviceid", device.id.rawValue)
        data.add("apikey", device.ownerAPIKey.rawValue)
        // Flat: version 1 nests it twice.
        data.add("extra", version1.writeFactoryRecord)
        data.add("brandName", DeviceDefaults.brandName(of: device.facts))
        data.add("brandLogo", "")
        data.add("showBrand", true)
        data.add("productModel", DeviceDefaults.productModel(of: device.facts))
        data.add("tags", .object(device.tags))
        data.add("devConfig", [:])
        data.add("settings", .object(device.settings.object))
        data.add("devGroups", array: groups) { group, buffer in
            buffer.writeJSONObject { member in
                member.add("type", 1)
                member.add("groupId", group.description)
            }
        }
        data.add("family", writePlace)
        writeShares(of: snapshot, into: &data)
        data.add("devicekey", snapshot.deviceKey?.rawValue ?? "")
        data.add("online", snapshot.isOnline)
        data.add("params", json: version1.params)
        data.add("isSupportGroup", true)
        data.add("isSupportedOnMP", true)
        data.add("isSupportChannelSplit", false)
        data.add("denyFeatures", [])
        data.add("deviceFeature", [:])
    }

    /// Without `deviceid`, by which a client tells groups from devices.
    private func write(_ group: ThingGroup, into data: inout JSONMembers) {
        data.add("id", group.id.description)
        data.add("name", group.name)
        data.add("mainDeviceId", group.mainDevice.rawValue)
        data.add("family", writePlace)
        data.add("params", json: group.params)
    }

    private func writePlace(into family: inout JSONMembers) {
        family.add("familyid", thing.place.home.description)
        family.add("index", thing.place.index)
        if let room = thing.place.room { family.add("roomid", room.description) }
    }
}

/// Both sides of a share: `shareTo` for the owner, `sharedBy` for the receiver.
extension V2ThingObject {
    private func writeShares(of snapshot: DeviceSnapshot, into data: inout JSONMembers) {
        guard let share = snapshot.sharedBy else {
            return data.add("shareTo", array: snapshot.sharedTo) { share, buffer in
                buffer.writeJSONObject { Self.write(share.receiver, of: share, into: &$0) }
            }
        }
        data.add("sharedBy") { Self.write(share.owner, of: share, into: &$0) }
    }

    private static func write(_ party: ShareParty, of share: Share, into object: inout JSONMembers) {
        object.add("apikey", party.apiKey.rawValue)
        switch party.identifier {
        case .email(let email): object.add("email", email)
        case .phone(let number): object.add("phoneNumber", number)
        }
        object.add("nickname", party.nickname)
        object.add("permit", share.terms.permit.rawValue)
        object.add("comment", share.terms.note)
        object.add("shareTime", JSON(share.sharedAt.milliseconds))
    }
}

extension [ThingView] {
    /// About how many bytes an answer takes that has them.
    var typicalBytes: Int { reduce(128) { $0 + V2ThingObject(thing: $1).size } }
}
