import CoolkitWire
import NIOCore
import SwitchyardCore

/// A device as its owner sees it, or one with whom it is shared.
///
/// Its `params` are copied as they are stored; a device of several channels that has not told them yet has all of them off,
/// as clients index `switches` unseen (`coolkit-v1-http.md` §8, point 4). Source: `coolkit-v1-http.md` §1.6; the order of the members is that of the example in §3.1.
struct DeviceObject {
    let snapshot: DeviceSnapshot
    /// The groups that whoever asks has put it into.
    let groups: [GroupID]
    /// `getTags=1`: the free map of the apps is part of the object.
    var includesTags = false

    /// Bytes that an object takes without its `params`, roughly.
    static let typicalBytes = 1_280

    /// About how many bytes it takes.
    var size: Int { Self.typicalBytes + snapshot.params.count + (includesTags ? snapshot.device.tags.size : 0) }

    func write(into object: inout JSONMembers) {
        let device = snapshot.device
        object.add("_id", device.objectID.description)
        object.add("name", device.name)
        object.add("type", "10")
        object.add("deviceid", device.id.rawValue)
        object.add("apikey", device.ownerAPIKey.rawValue)
        object.add("extra") { record in
            record.add("_id", device.factoryRecordID.description)
            record.add("extra", writeFactoryRecord)
        }
        object.add("__v", 0)
        if let time = snapshot.onlineTime { object.add("onlineTime", time.iso8601) }
        if let time = snapshot.offlineTime { object.add("offlineTime", time.iso8601) }
        object.add("ip", snapshot.address)
        object.add("location", "")
        object.add("settings", writeSettings)
        object.add("devGroups", [])
        object.add("groups", array: groups) { JSON.string($0.rawValue).write(into: &$1) }
        object.add("params", json: params)
        object.add("online", snapshot.isOnline)
        object.add("createdAt", device.createdAt.iso8601)
        object.add("group", "")
        writeShares(into: &object)
        object.add("devicekey", snapshot.deviceKey?.rawValue ?? "")
        writeProduct(into: &object)
        if includesTags { object.add("tags", .object(device.tags)) }
    }

    /// As described above.
    var params: [UInt8] {
        let uiid = snapshot.device.facts.uiid
        guard DeviceDefaults.channelCount(uiid: uiid) > 1,
            let stored = try? ParamsDocument(bytes: snapshot.params),  // What is stored is an object.
            stored.value(of: "switches") == nil,
            var whole = try? ParamsDocument(bytes: DeviceDefaults.params(uiid: uiid)),
            (try? whole.merge(stored.buffer)) != nil  // Too large for the channels: then without them.
        else { return snapshot.params }
        return whole.bytes
    }

    private func writeProduct(into object: inout JSONMembers) {
        let facts = snapshot.device.facts
        object.add("deviceUrl", "")
        object.add("brandName", DeviceDefaults.brandName(of: facts))
        object.add("showBrand", true)
        object.add("brandLogoUrl", "")
        object.add("productModel", DeviceDefaults.productModel(of: facts))
        object.add("devConfig", [:])
        object.add("uiid", facts.uiid)
    }

    /// The members of `extra.extra`.
    ///
    /// The factory's ids of model and brand are not known here; ours are stable and of the same form.
    func writeFactoryRecord(into record: inout JSONMembers) {
        let facts = snapshot.device.facts
        record.add("model", facts.model)
        record.add("ui", DeviceDefaults.interfaceName(uiid: facts.uiid))
        record.add("description", "")
        record.add("manufacturer", DeviceDefaults.brandName(of: facts))
        record.add("mac", facts.mac)
        record.add("apmac", facts.mac)
        record.add("staMac", facts.mac)
        record.add("modelInfo", DeviceDefaults.modelRecordID(uiid: facts.uiid))
        record.add("brandId", DeviceDefaults.brandRecordID(of: facts))
        record.add("uiid", facts.uiid)
        record.add("chipid", facts.chipID)
    }

    func writeSettings(into settings: inout JSONMembers) {
        func number(_ setting: DeviceSetting) -> Int { snapshot.device.settings[setting] ? 1 : 0 }
        settings.add("opsNotify", number(.opsNotify))
        settings.add("opsHistory", number(.opsHistory))
        settings.add("alarmNotify", number(.alarmNotify))
        settings.add("wxAlarmNotify", number(.wxAlarmNotify))
        settings.add("wxOpsNotify", number(.wxOpsNotify))
        settings.add("wxDoorbellNotify", number(.wxDoorbellNotify))
        settings.add("appDoorbellNotify", number(.appDoorbellNotify))
    }
}
