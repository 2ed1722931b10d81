package import CoolkitWire

/// The commands that were written to one device session and not answered yet.
///
/// Owned by the session and used on its loop alone, so that whoever removes an entry (ack, timeout, end of the session)
/// is the one who finishes it: exactly once. Correlation is by the sequence that was sent to the device, which is unique
/// here even where apps repeat theirs. Source: `coolkit-websocket.md` §1.1, sequence rules 3 to 5.
package struct PendingReplies {
    /// One command and the sequence it went out with.
    package struct Entry {
        package let forwardedSequence: SequenceText
        package let command: DeviceCommand
    }

    /// More than this wait for no device; further commands are refused as busy.
    package let limit: Int
    private var entries: [Entry] = []

    package init(limit: Int) { self.limit = limit }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    /// The time at which the first entry is overdue.
    package var nextDeadline: MonotonicTime? { entries.lazy.map(\.command.deadline).min() }

    /// Enters `command` and says with which sequence to send it; nil when the table is full.
    ///
    /// The app's own sequence is kept when it fits a device's buffer (31 bytes) and no waiting command has it; otherwise
    /// `makeSequence` is asked for one.
    package mutating func enter(
        _ command: DeviceCommand,
        makeSequence: () -> SequenceText
    ) -> SequenceText? {
        guard entries.count < limit else { return nil }
        var sequence = command.sequence.flatMap { $0.isForwardable ? $0 : nil } ?? makeSequence()
        while entries.contains(where: { $0.forwardedSequence == sequence }) { sequence = makeSequence() }
        entries.append(Entry(forwardedSequence: sequence, command: command))
        return sequence
    }

    /// Removes and returns the command that went out with `sequence`.
    package mutating func remove(_ sequence: SequenceText) -> DeviceCommand? {
        guard let index = entries.firstIndex(where: { $0.forwardedSequence == sequence }) else { return nil }
        return entries.remove(at: index).command
    }

    /// Removes and returns the oldest `update` for `device` (for devices whose own `update` counts as the ack).
    package mutating func removeOldestUpdate(for device: LiveDevice) -> DeviceCommand? {
        let index = entries.firstIndex { $0.command.device === device && $0.command.kind == .update }
        return index.map { entries.remove(at: $0).command }
    }

    /// Removes and returns the commands whose deadline has come.
    package mutating func removeOverdue(at now: MonotonicTime) -> [DeviceCommand] {
        guard entries.contains(where: { $0.command.deadline <= now }) else { return [] }
        let overdue = entries.filter { $0.command.deadline <= now }
        entries.removeAll { $0.command.deadline <= now }
        return overdue.map(\.command)
    }

    /// Removes and returns all commands: the session ends.
    package mutating func removeAll() -> [DeviceCommand] {
        defer { entries.removeAll() }
        return entries.map(\.command)
    }
}
