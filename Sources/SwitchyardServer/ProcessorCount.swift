import Foundation
import NIOCore

/// How many processors this process may run on: what it was pinned to counts, not what the machine has.
enum ProcessorCount {
    static var usable: Int { max(1, min(allowed ?? System.coreCount, System.coreCount)) }

    /// The bits of `Cpus_allowed` in the kernel's account of this process; nil where there is none.
    private static var allowed: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),  // nil on other systems
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
        else { return nil }
        return line.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    }
}
