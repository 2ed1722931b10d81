package import CoolkitWire
package import NIOCore

/// A gateway's list of its sub-devices: the `params` of `reportSubDevice`.
///
/// The shape is `{"subDevices":[{"deviceid":"a480000001","uiid":1770}]}`. Accepted besides: the bare list, `uiid` as text or
/// absent, `subDeviceId` for `deviceid` (the name that the HTTP interface uses), and `online`, the sub-device's own flag.
/// Source: `coolkit-websocket.md` §5, `uiid-catalogue.md` §8 (`subDevices`); Assumption: the own flag is named `online`, a
/// capture of a gateway that lost a sub-device would settle it.
package struct SubDeviceReport: Sendable {
    /// One sub-device of the list.
    package struct Entry: Hashable, Sendable {
        package let id: DeviceID
        package let uiid: Int?
        package let isReachable: Bool?

        package init(id: DeviceID, uiid: Int?, isReachable: Bool?) {
            self.id = id
            self.uiid = uiid
            self.isReachable = isReachable
        }
    }

    /// Each sub-device once, the last word about it.
    package let entries: [Entry]

    /// What apps draw for a sub-device may be any number of the catalogue.
    private static let uiids = 1...100_000

    package init(entries: [Entry]) { self.entries = entries }

    /// Nil when it is no such list, or names something that cannot be a device.
    package init?(_ params: ByteBuffer) {
        // The frame was scanned before, so its slices parse.
        guard let value = try? JSON(parsing: params), let list = value.arrayValue ?? value["subDevices"]?.arrayValue
        else { return nil }
        var entries: [Entry] = []
        var positions: [DeviceID: Int] = [:]
        for element in list {
            guard let entry = Entry(element) else { return nil }
            if let position = positions[entry.id] {
                entries[position] = entry
            } else {
                positions[entry.id] = entries.count
                entries.append(entry)
            }
        }
        self.entries = entries
    }

    fileprivate static func isPossible(_ uiid: Int) -> Bool { uiids.contains(uiid) }
}

extension SubDeviceReport.Entry {
    fileprivate init?(_ element: JSON) {
        let name = element["deviceid"] ?? element["subDeviceId"]
        guard let id = name?.stringValue.flatMap({ DeviceID($0) }) else { return nil }
        let uiid = element["uiid"]?.intValue
        guard uiid.map(SubDeviceReport.isPossible) ?? true else { return nil }
        self.init(id: id, uiid: uiid, isReachable: element["online"]?.boolValue)
    }
}
