import CoolkitWire
package import NIOCore

/// What a change of a device's timers asks of a receiver's permit.
///
/// An app sends the complete array each time, so old and new are compared by `mId`. Source: `coolkit-websocket.md` §9.
package enum TimerPermits {
    /// The permit needed to apply `params` to a device whose stored timers are `stored` (an object with `timers`, or nil).
    ///
    /// Params that cannot be judged need all of it: a member that occurs twice may be read by a device in either way.
    package static func needed(for params: ByteBuffer, over stored: ByteBuffer?) -> SharePermit {
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
        var rest = RemainingTimers(old?.arrayValue ?? [])
        var needed: SharePermit = []
        for timer in new.arrayValue ?? [] {
            guard let before = rest.take(timer) else {
                needed.insert(.addTimers)
                continue
            }
            if before == timer { continue }
            needed.insert(withoutEnabled(before) == withoutEnabled(timer) ? .enableTimers : .editTimers)
        }
        if !rest.isEmpty { needed.insert(.deleteTimers) }
        return needed
    }

    private static func withoutEnabled(_ timer: JSON) -> JSON {
        var timer = timer
        if timer.objectValue != nil { timer["enabled"] = nil }
        return timer
    }
}

/// Timers to be found by what makes them the same, of equal ones the first.
///
/// 64 KiB of params have room for 30 000 elements, and a stranger's at that: a search for each would take many seconds.
private struct RemainingTimers {
    /// What makes two elements the same timer: the `mId`, or, where neither has one, that nothing differs.
    private enum Identity: Hashable {
        case id(JSON)
        case whole(JSON)

        init(_ timer: JSON) { self = timer["mId"].map { .id($0) } ?? .whole(timer) }
    }

    private let timers: [JSON]
    /// Where the first of each that is left stands.
    private var first: [Identity: Int] = [:]
    /// For each one where the next of the same identity stands.
    private var next: [Int?]
    private var left: Int

    init(_ timers: [JSON]) {
        self.timers = timers
        left = timers.count
        next = Array(repeating: nil, count: timers.count)
        first.reserveCapacity(timers.count)
        for (index, timer) in timers.enumerated().reversed() {
            let identity = Identity(timer)
            next[index] = first[identity]
            first[identity] = index
        }
    }

    var isEmpty: Bool { left == 0 }

    /// Takes out the one that is the same timer.
    mutating func take(_ timer: JSON) -> JSON? {
        let identity = Identity(timer)
        guard let index = first[identity] else { return nil }
        first[identity] = next[index]
        left -= 1
        return timers[index]
    }
}
