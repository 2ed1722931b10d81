import CoolkitWire
package import NIOCore

/// What a change of a device's state is worth telling its owner.
package struct StateNotice: Sendable {
    package enum Kind: Hashable, Sendable {
        case operation
        case alarm
    }

    package let kind: Kind
    /// The members that matter, as they are now: an object.
    package let params: ByteBuffer
}

/// Looks at the members that matter before and after a merge.
///
/// Nothing is looked at, and nothing allocated, for a device that has no setting on and is no sensor.
struct NoticeProbe {
    private let kind: StateNotice.Kind
    private let names: [String]
    private let before: [ByteBuffer?]
    /// The value that means alarm.
    private let alarm: String?

    /// The members that switch a device.
    private static let switches = ["switch", "switches"]

    /// Nil when no change of this device is told.
    init?(_ device: Device, _ params: ParamsDocument) {
        if let sensor = SensorAlarm(uiid: device.facts.uiid) {
            guard device.settings[.alarmNotify] else { return nil }
            (kind, names, alarm) = (.alarm, [sensor.member], sensor.value)
        } else {
            guard device.settings[.opsNotify] else { return nil }
            (kind, names, alarm) = (.operation, Self.switches, nil)
        }
        before = names.map { params.value(of: $0) }
    }

    /// What to tell after the merge: that one of the members is another one now, for a sensor that it is the alarm's.
    func notice(after params: ParamsDocument) -> StateNotice? {
        let after = names.map { params.value(of: $0) }
        guard after != before else { return nil }
        if let alarm, after.first != ByteBuffer(string: alarm) { return nil }
        guard let members = params.selecting(names),
            members.readableBytes <= AccountMessage.maximumContentBytes / 2
        else { return nil }
        return StateNotice(kind: kind, params: members)
    }
}

/// The member of a sensor's params that tells of an alarm, and the value with which it does.
///
/// Assumption: a door that opens, movement, water and smoke are the alarms of `alarmNotify_v2` ("sensor/alarm alert push"); a
/// capture of such messages would settle it. Source of the members: `uiid-catalogue.md` §6, §8.
struct SensorAlarm: Hashable, Sendable {
    let member: String
    /// As it stands in the params.
    let value: String

    /// Nil for what is no sensor.
    init?(uiid: Int) {
        switch uiid {
        case 102, 154: (member, value) = ("switch", #""on""#)
        case 3026, 7003: (member, value) = ("lock", "1")
        case 2026, 7002: (member, value) = ("motion", "1")
        case 4026, 7019: (member, value) = ("water", "1")
        case 5026: (member, value) = ("smoke", "1")
        default: return nil
        }
    }
}
