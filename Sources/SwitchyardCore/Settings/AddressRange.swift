#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A numeric IPv4 or IPv6 address.
package struct NumericAddress: Hashable, Sendable {
    /// 4 or 16 bytes; an IPv4 address written as `::ffff:a.b.c.d` has 4.
    package let bytes: [UInt8]

    /// Reads the usual text forms; nil for anything else, host names included.
    package init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let all = withUnsafeBytes(of: six) { Array($0) }
            let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
            bytes = isMapped ? Array(all[12...]) : all
        } else {
            return nil
        }
    }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
}

/// A network or a single address: `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let base: NumericAddress
    private let prefixLength: Int
    private let text: String

    /// Reads `ADDRESS` or `ADDRESS/BITS`; nil when it is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = NumericAddress(String(parts[0])) else { return nil }
        let width = base.bytes.count * 8
        guard let length = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(length) else { return nil }
        self.base = base
        prefixLength = length
        self.text = text
    }

    /// Whether the address is of this range; never true for the other family.
    package func contains(_ address: NumericAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        let wholeBytes = prefixLength / 8
        guard address.bytes[..<wholeBytes] == base.bytes[..<wholeBytes] else { return false }
        let restBits = prefixLength % 8
        guard restBits > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> restBits)
        return address.bytes[wholeBytes] & mask == base.bytes[wholeBytes] & mask
    }

    package var description: String { text }
}
