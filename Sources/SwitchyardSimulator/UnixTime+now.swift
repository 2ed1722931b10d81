import CoolkitWire
import FoundationEssentials

extension UnixTime {
    /// The wall time of this machine.
    static var now: UnixTime {
        UnixTime(milliseconds: Int64((Date.now.timeIntervalSince1970 * 1_000).rounded(.down)))
    }
}
