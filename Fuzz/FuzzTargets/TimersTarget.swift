import CoolkitWire
import NIOCore
import SwitchyardCore

extension FuzzTarget {
    /// What a change of timers needs is what comparing each with each says; the first line is stored, the second the change.
    static let timers = FuzzTarget(name: "timers", maximumBytes: 1_024) { bytes in
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
        guard lines.count == 2 else { return }
        let (stored, change) = (ByteBuffer(bytes: lines[0]), ByteBuffer(bytes: lines[1]))
        guard let old = try? JSON(parsing: stored)["timers"],
            let object = try? JSON(parsing: change, uniqueMembers: true),
            let new = object["timers"]
        else { return }
        let needed = TimerPermits.needed(for: change, over: stored)
        let expected = permit(from: old.arrayValue ?? [], to: new.arrayValue ?? [])
        try require(needed == expected, "\(change.text) over \(stored.text) needs \(needed), expected \(expected)")
    }

    private static func permit(from old: [JSON], to new: [JSON]) -> SharePermit {
        var rest = old
        var needed: SharePermit = []
        for timer in new {
            guard let index = rest.firstIndex(where: { isSame($0, timer) }) else {
                needed.insert(.addTimers)
                continue
            }
            let before = rest.remove(at: index)
            guard before != timer else { continue }
            let (was, becomes) = (before.objectValue ?? [:], timer.objectValue ?? [:])
            let differing = Set(was.keys + becomes.keys).filter { was[$0] != becomes[$0] }
            needed.insert(differing == ["enabled"] ? .enableTimers : .editTimers)
        }
        return rest.isEmpty ? needed : needed.union(.deleteTimers)
    }

    /// By `mId`; without one nothing may differ.
    ///
    /// Source: `coolkit-websocket.md` §9.
    private static func isSame(_ first: JSON, _ second: JSON) -> Bool {
        guard let id = first["mId"] else { return first == second }
        return id == second["mId"]
    }
}
