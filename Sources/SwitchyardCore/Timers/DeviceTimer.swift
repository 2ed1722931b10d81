package import CoolkitWire

/// An element of `params.timers` that is enabled and can be run.
///
/// Source: `coolkit-websocket.md` §9.
package struct DeviceTimer: Hashable, Sendable {
    /// The element as it is stored.
    package let element: JSON
    package let trigger: TimerTrigger
    private let start: JSONObject
    private let end: JSONObject?

    /// More timers of one device than this are not run; the rest of a longer list is left alone.
    package static let limit = 64
    /// The longest countdown: a year.
    private static let maximumPeriod = 527_040

    /// Nil for an element that is not enabled, or malformed.
    package init?(_ element: JSON) {
        guard Self.isEnabled(element), let type = Self.type(of: element), let at = element["at"]?.stringValue,
            let trigger = TimerTrigger(type: type, at: at)
        else { return nil }
        let (plain, start, end) = (element["do"], element["startDo"], element["endDo"])
        if case .duration(_, _, .some) = trigger {
            guard let start = (start ?? plain)?.objectValue, let end = end?.objectValue else { return nil }
            (self.start, self.end) = (start, end)
        } else {
            guard let start = (plain ?? start)?.objectValue else { return nil }
            (self.start, self.end) = (start, nil)
        }
        self.element = element
        self.trigger = trigger
    }

    /// A timer of this kind has run for good after the first time.
    package var isOnce: Bool {
        if case .once = trigger { true } else { false }
    }

    /// The params to send when `phase` is due.
    package func params(of phase: TimerTrigger.Phase) -> JSON {
        switch phase {
        case .start: .object(start)
        case .end: .object(end ?? start)
        }
    }

    /// The element with `enabled` 0.
    package var disabledElement: JSON {
        var disabled = element
        disabled["enabled"] = 0
        return disabled
    }

    private static func isEnabled(_ element: JSON) -> Bool {
        element["enabled"]?.intValue == 1 || element["enabled"] == true
    }

    /// `type`, else what apps call it; a `delay` is `once` for the device.
    private static func type(of element: JSON) -> String? {
        let name = element["type"]?.stringValue ?? element["coolkit_timer_type"]?.stringValue
        return name == "delay" ? "once" : name
    }

    /// A countdown whose end nobody has worked out, with that end counted from `now`; nil for any other element.
    package static func countdown(_ element: JSON, startingAt now: UnixTime) -> JSON? {
        guard isEnabled(element), type(of: element) == "once", element["at"]?.stringValue == nil,
            let period = element["period"]?.intValue, (1...maximumPeriod).contains(period)
        else { return nil }
        var started = element
        started["at"] = .string(now.advanced(by: .seconds(period * 60)).iso8601)
        return started
    }
}
