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

/// The `settings` of one device.
package struct DeviceSettings: Hashable, Sendable {
    private var on = Set(DeviceSetting.allCases.filter(\.isOnByDefault))

    /// The defaults.
    package init() {}

    package subscript(setting: DeviceSetting) -> Bool {
        get { on.contains(setting) }
        set {
            if newValue { on.insert(setting) } else { on.remove(setting) }
        }
    }
}
