package import CoolkitWire

/// A switch in the `settings` of a device object: what the original's services do for the device.
///
/// Source of names and defaults: `coolkit-v1-http.md` §1.6.
package enum DeviceSetting: String, Sendable, CaseIterable {
    case opsNotify
    case opsHistory
    case alarmNotify
    case wxAlarmNotify
    case wxOpsNotify
    case wxDoorbellNotify
    case appDoorbellNotify

    package var isOnByDefault: Bool {
        switch self {
        case .opsHistory, .alarmNotify, .appDoorbellNotify: true
        case .opsNotify, .wxAlarmNotify, .wxOpsNotify, .wxDoorbellNotify: false
        }
    }
}

/// The `settings` of one device: the seven that all versions know, and whatever else apps of version 2 keep there.
package struct DeviceSettings: Hashable, Sendable {
    /// What the settings beside the seven may take up as JSON.
    package static let maximumOtherBytes = 8_192
    /// The longest name of a setting.
    package static let maximumNameBytes = 64

    private var on = Set(DeviceSetting.allCases.filter(\.isOnByDefault))
    /// Switches (0, 1) and thresholds by name; nothing in the server acts on them.
    ///
    /// Source: `coolkit-v2-http.md` §3 ("Store as an open map").
    package var others = JSONObject()

    /// The defaults.
    package init() {}

    package subscript(setting: DeviceSetting) -> Bool {
        get { on.contains(setting) }
        set {
            if newValue { on.insert(setting) } else { on.remove(setting) }
        }
    }

    /// All of them as apps of version 2 see them: the seven as 0 or 1, then the others.
    package var object: JSONObject {
        var object = JSONObject(DeviceSetting.allCases.map { ($0.rawValue, JSON(self[$0] ? 1 : 0)) })
        for (name, value) in others { object[name] = value }
        return object
    }

    /// Takes over what an app sends of them; what it does not name stays.
    ///
    /// Throws `invalidInput`, and then nothing has changed.
    package mutating func merge(_ part: JSONObject) throws(SwitchyardError) {
        var merged = self
        for (name, value) in part {
            guard let number = Self.number(value) else { throw Self.unusable(name, "is no number") }
            guard let known = DeviceSetting(rawValue: name) else {
                guard (1...Self.maximumNameBytes).contains(name.utf8.count), !name.utf8.contains(0) else {
                    throw SwitchyardError(
                        .invalidInput,
                        "params is error: the name of a setting has 1 to \(Self.maximumNameBytes) bytes"
                    )
                }
                merged.others[name] = .number(number)
                continue
            }
            guard let flag = number.int64, flag == 0 || flag == 1 else {
                throw Self.unusable(name, "is neither 0 nor 1")
            }
            merged[known] = flag == 1
        }
        guard JSON.object(merged.others).text.utf8.count <= Self.maximumOtherBytes else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: the settings of a device have at most \(Self.maximumOtherBytes) bytes"
            )
        }
        self = merged
    }

    /// A number keeps its spelling; a text that spells one and a truth value are taken for it.
    private static func number(_ value: JSON) -> JSONNumber? {
        switch value {
        case .number(let number): number
        case .bool(let isOn): isOn ? 1 : 0
        case .string(let text): JSONNumber(spelling: text)
        case .null, .array, .object: nil
        }
    }

    private static func unusable(_ name: String, _ fault: String) -> SwitchyardError {
        SwitchyardError(.invalidInput, "params is error: the setting \(name.prefix(maximumNameBytes)) \(fault)")
    }
}
