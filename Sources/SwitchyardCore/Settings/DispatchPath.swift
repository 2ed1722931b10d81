/// A path at which sensors ask for their hub: `/iot/dispatch`.
///
/// Plain segments only, so that it stands for itself in the router, and none that the interface has taken.
package struct DispatchPath: Hashable, Sendable, CustomStringConvertible {
    /// A sensor has no room for a longer one.
    ///
    /// Source: `coolkit-device-side.md` §2.2.
    private static let maximumBytes = 127

    package let description: String

    /// Nil for what is no absolute path of plain segments, and for the paths below `/api` and `/dispatch`.
    package init?(_ text: String) {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard text.hasPrefix("/"), text.utf8.count <= Self.maximumBytes, segments.allSatisfy(Self.isPlain),
            segments.first != "api", segments.first != "dispatch"
        else { return nil }
        description = text
    }

    private static func isPlain(_ segment: Substring) -> Bool {
        !segment.isEmpty && segment != "." && segment != ".."
            && segment.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }
}
