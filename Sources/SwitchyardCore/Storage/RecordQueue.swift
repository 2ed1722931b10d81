import CoolkitWire

/// What waits for a commit of its own: no answer depends on it.
protocol QueuedRecord: Sendable {
    var device: DeviceID { get }
    /// What it takes in memory beside a fixed overhead, roughly.
    var queuedBytes: Int { get }
}

/// Records on their way to the store, oldest first, bounded in number and in bytes: when it is full the oldest go.
struct RecordQueue<Record: QueuedRecord> {
    let maximumCount: Int
    let maximumBytes: Int
    /// The entries from `head` on are queued; those before it have left and are cleared now and then.
    private var entries: [Record?] = []
    private var head = 0
    private var bytes = 0

    /// What a record takes beside its own bytes, roughly.
    private static var overhead: Int { 128 }

    init(maximumCount: Int, maximumBytes: Int) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
    }

    var count: Int { entries.count - head }
    var isEmpty: Bool { head == entries.count }

    /// Adds the newest entry; returns how many of the oldest had to go for it.
    mutating func append(_ entry: Record) -> Int {
        entries.append(entry)
        bytes += Self.size(entry)
        return dropExcess()
    }

    /// Takes out the oldest entries, as many at the most.
    mutating func take(_ limit: Int) -> [Record] {
        var taken: [Record] = []
        taken.reserveCapacity(min(limit, count))
        while taken.count < limit, let entry = removeOldest() { taken.append(entry) }
        return taken
    }

    /// Puts entries back that were taken out before all others; returns how many of the oldest had to go for it.
    mutating func putBack(_ taken: [Record]) -> Int {
        entries.replaceSubrange(..<head, with: taken)
        head = 0
        bytes += taken.reduce(0) { $0 + Self.size($1) }
        return dropExcess()
    }

    /// Forgets the entries of a device that is gone.
    mutating func removeAll(of device: DeviceID) {
        guard entries.contains(where: { $0?.device == device }) else { return }
        entries = entries[head...].filter { $0?.device != device }
        head = 0
        bytes = entries.reduce(0) { $0 + ($1.map(Self.size) ?? 0) }
    }

    private mutating func dropExcess() -> Int {
        var dropped = 0
        while count > maximumCount || bytes > maximumBytes, removeOldest() != nil { dropped += 1 }
        return dropped
    }

    private mutating func removeOldest() -> Record? {
        guard head < entries.count, let entry = entries[head] else { return nil }
        entries[head] = nil
        head += 1
        bytes -= Self.size(entry)
        if head == entries.count || head >= maximumCount {
            entries.removeFirst(head)
            head = 0
        }
        return entry
    }

    private static func size(_ entry: Record) -> Int { entry.queuedBytes + overhead }
}
