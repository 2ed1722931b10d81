import CoolkitWire

/// Relays with inching, interlock and a state at power-on.
///
/// Source: `uiid-catalogue.md` §1: `startup`, `configure`, `pulse`, `pulses`, `lock`.
struct RelayPart: HardwarePart {
    private let outlets: [Int]
    /// The outlets that were on when the part last looked.
    private var closed: Set<Int> = []
    /// When inching switches an outlet back.
    private var backAt: [Int: Duration] = [:]

    /// - Parameter count: how many entries `switches` has; 1 also stands for the single `switch`.
    init(count: Int = 1) { outlets = Array(0..<count) }

    var due: Duration? { backAt.values.min() }

    mutating func powerUp(_ state: inout HardwareState) {
        for outlet in outlets {
            let startup = state.params["startup"] ?? state.setting("configure", "startup", outlet: outlet)
            switch startup?.stringValue {
            case "on": state.turn(outlet: outlet, on: true)
            case "off": state.turn(outlet: outlet, on: false)
            default: break
            }
        }
    }

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {
        let isSwitched = changed["switch"] != nil || changed["switches"] != nil
        guard isSwitched || changed["lock"] != nil else { return }
        interlock(&state)
        for outlet in outlets {
            let isOn = state.isOn(outlet: outlet)
            if !isOn {
                backAt[outlet] = nil
                closed.remove(outlet)
            } else if closed.insert(outlet).inserted, let width = pulseWidth(of: outlet, state) {
                backAt[outlet] = state.now + .milliseconds(width)
            }
        }
    }

    mutating func fire(_ state: inout HardwareState) {
        for (outlet, moment) in backAt.sorted(by: { $0.key < $1.key }) where moment <= state.now {
            backAt[outlet] = nil
            state.turn(outlet: outlet, on: false)
        }
    }

    /// Leaves one outlet on: the one that was switched on last.
    ///
    /// Assumption: of several that a command switches on at once the highest stays. A capture of a locked four-channel
    /// switch would settle it.
    private func interlock(_ state: inout HardwareState) {
        guard state.params["lock"]?.intValue == 1 else { return }
        let on = outlets.filter { state.isOn(outlet: $0) }
        guard on.count > 1 else { return }
        let stays = on.last { !closed.contains($0) } ?? on[0]
        for outlet in on where outlet != stays { state.turn(outlet: outlet, on: false) }
    }

    /// For how many milliseconds an outlet stays on; `nil` without inching.
    private func pulseWidth(of outlet: Int, _ state: HardwareState) -> Int? {
        if state.params["pulse"] == "on" { return state.params["pulseWidth"]?.intValue ?? 500 }
        guard state.setting("pulses", "pulse", outlet: outlet) == "on" else { return nil }
        return state.setting("pulses", "width", outlet: outlet)?.intValue ?? 500
    }
}

/// The fan of a fan with light: outlet 0 is the light, 1 alone is low, 1 and 2 medium, 1 and 3 high.
///
/// Source: `uiid-catalogue.md` §8, uiid 34.
struct FanPart: HardwarePart {
    /// The gear outlet that was on when the part last looked.
    private var gear: Int?

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {
        guard changed["switches"] != nil else { return }
        let on = [2, 3].filter { state.isOn(outlet: $0) }
        // The two gears exclude each other: the new one stays.
        if on.count == 2 {
            let old = gear ?? 2
            state.turn(outlet: old, on: false)
            gear = old == 2 ? 3 : 2
        } else {
            gear = on.first
        }
    }
}
