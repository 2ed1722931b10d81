import CoolkitWire
import NIOCore

/// What a change of a device's timers asks of a receiver's permit.
///
/// An app sends the complete array each time, so old and new are compared by `mId`. Source: `coolkit-websocket.md` §9.
enum TimerPermits {
    /// The permit needed to apply `params` to a device whose stored timers are `stored` (an object with `timers`, or nil).
    ///
    /// Params that cannot be judged need all of it: a member that occurs twice may be read by a device in either way.
    static func needed(for params: ByteBuffer, over stored: ByteBuffer?) -> SharePermit {
        guard let value = try? JSON(parsing: params, uniqueMembers: true) else { return .all }
        var known = stored.flatMap { try? JSON(parsing: $0)["timers"] }  // Was checked when it was merged.
        var needed: SharePermit = []
        for element in value.arrayValue ?? [value] {
            guard let timers = element["timers"] else { continue }
            needed.formUnion(permit(from: known, to: timers))
            known = timers
        }
        return needed
    }

    /// The permit needed for a new array in the place of an old one; what is no array stands for an empty one.
    private static func permit(from old: JSON?, to new: JSON) -> SharePermit {
        var rest = old?.arrayValue ?? []
        var needed: SharePermit = []
        for timer in new.arrayValue ?? [] {
            guard let index = rest.firstIndex(where: { isSame($0, timer) }) else {
                needed.insert(.addTimers)
                continue
            }
            let before = rest.remove(at: index)
            if before == timer { continue }
            needed.insert(withoutEnabled(before) == withoutEnabled(timer) ? .enableTimers : .editTimers)
        }
        if !rest.isEmpty { needed.insert(.deleteTimers) }
        return needed
    }

    /// Whether two elements are the same timer: by `mId`, or, where neither has one, when nothing differs.
    private static func isSame(_ first: JSON, _ second: JSON) -> Bool {
        guard let id = first["mId"] else { return first == second }
        return id == second["mId"]
    }

    private static func withoutEnabled(_ timer: JSON) -> JSON {
        var timer = timer
        if timer.objectValue != nil { timer["enabled"] = nil }
        return timer
    }
}
