import NIOCore

/// The answers to one device in the order of its requests: one that waits for a commit holds back those behind it.
struct AnswerQueue {
    private struct Slot {
        /// Set while the answer waits for the commit of this ticket.
        let ticket: UInt64?
        var frame: ByteBuffer?
    }

    private var slots: [Slot] = []
    private var nextTicket: UInt64 = 0

    /// How many answers wait.
    var count: Int { slots.count }

    /// Takes an answer that is ready.
    ///
    /// Returns it at once when nothing waits before it.
    mutating func add(_ frame: ByteBuffer) -> ByteBuffer? {
        if slots.isEmpty { return frame }
        slots.append(Slot(ticket: nil, frame: frame))
        return nil
    }

    /// Makes a place for an answer that has to wait; its ticket names it later.
    mutating func addWaiting() -> UInt64 {
        nextTicket += 1
        slots.append(Slot(ticket: nextTicket, frame: nil))
        return nextTicket
    }

    /// The answer for `ticket` is ready.
    ///
    /// Returns what may be sent now, in order.
    mutating func complete(_ ticket: UInt64, with frame: ByteBuffer) -> [ByteBuffer] {
        guard let index = slots.firstIndex(where: { $0.ticket == ticket }) else { return [] }
        slots[index].frame = frame
        let ready = slots.prefix { $0.frame != nil }.compactMap(\.frame)
        slots.removeFirst(ready.count)
        return ready
    }
}
