import CoolkitWire

/// The timers of all devices that have some, and when each device is due next.
///
/// No I/O, no clock, no lock.
struct TimerTable {
    private struct Entry {
        let device: LiveDevice
        let timers: [DeviceTimer]
        var next: UnixTime?
    }

    /// A timer whose time has come.
    struct Due {
        let device: LiveDevice
        let timer: DeviceTimer
        let phase: TimerTrigger.Phase
    }

    /// What was due longer ago is not run any more: the server was away, or its clock was set.
    static let lateness = Duration.seconds(60)

    private var entries: [DeviceID: Entry] = [:]
    /// The earliest `next` of all.
    private var nextDue: UnixTime?
    /// Everything up to here has been looked at.
    private var checkedUntil: UnixTime

    init(startingAt time: UnixTime) { checkedUntil = time }

    /// Takes over a device's timers.
    mutating func set(_ timers: [DeviceTimer], of device: LiveDevice) {
        if timers.isEmpty {
            entries[device.id] = nil
        } else {
            entries[device.id] = Entry(device: device, timers: timers, next: next(of: timers))
        }
        updateNextDue()
    }

    mutating func remove(_ id: DeviceID) {
        guard entries.removeValue(forKey: id) != nil else { return }
        updateNextDue()
    }

    /// Takes out what has become due since the last time, not counting what is too late by now.
    mutating func takeDue(at now: UnixTime) -> [Due] {
        if now.advanced(by: Self.lateness) < checkedUntil { wasSetBack(to: now) }
        guard now > checkedUntil else { return [] }
        defer { checkedUntil = now }
        guard let nextDue, nextDue <= now else { return [] }
        // One millisecond more, as a moment is due after it.
        let earliest = UnixTime(milliseconds: now.milliseconds - Self.lateness.wholeMilliseconds - 1)
        let start = max(checkedUntil, earliest)
        var due: [(UnixTime, Due)] = []
        for (id, entry) in entries {
            guard let next = entry.next, next <= now else { continue }
            for timer in entry.timers { Self.append(timer, of: entry.device, after: start, upTo: now, to: &due) }
            entries[id]?.next = entry.timers.compactMap { $0.trigger.next(after: now)?.time }.min()
        }
        updateNextDue()
        return due.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private static func append(
        _ timer: DeviceTimer,
        of device: LiveDevice,
        after start: UnixTime,
        upTo now: UnixTime,
        to due: inout [(UnixTime, Due)]
    ) {
        var start = start
        while let (time, phase) = timer.trigger.next(after: start), time <= now {
            due.append((time, Due(device: device, timer: timer, phase: phase)))
            start = time
        }
    }

    /// The clock was corrected by more than a little: what follows counts from there.
    private mutating func wasSetBack(to now: UnixTime) {
        checkedUntil = now
        for (id, entry) in entries {
            let next = next(of: entry.timers)
            entries[id]?.next = next
        }
        updateNextDue()
    }

    private func next(of timers: [DeviceTimer]) -> UnixTime? {
        timers.compactMap { $0.trigger.next(after: checkedUntil)?.time }.min()
    }

    private mutating func updateNextDue() { nextDue = entries.values.lazy.compactMap(\.next).min() }
}
