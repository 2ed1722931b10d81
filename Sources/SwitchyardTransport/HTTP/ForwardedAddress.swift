package import SwitchyardCore

/// Which peers may say whom they speak for, and what they say.
///
/// A proxy appends the address of its own peer to `X-Forwarded-For`, so the list is read from its end: the first address that
/// is no trusted proxy is the client. What stands before it was written by the client.
package struct ForwardedAddress: Sendable {
    static let fieldName = "x-forwarded-for"

    private let proxies: [AddressRange]

    package init(trusting proxies: [AddressRange]) { self.proxies = proxies }

    /// Whether this peer's word counts.
    func trusts(_ address: String) -> Bool {
        guard !proxies.isEmpty, let address = NumericAddress(address) else { return false }
        return proxies.contains { $0.contains(address) }
    }

    /// The client's address; nil when the peer is no proxy, or names no client.
    ///
    /// - Parameter fields: the values of `X-Forwarded-For`, in order.
    func client(behind peer: String, fields: [String]) -> String? {
        guard trusts(peer) else { return nil }
        var client: String?
        for entry in fields.flatMap({ $0.split(separator: ",") }).reversed() {
            let text = Self.withoutPort(entry)
            guard NumericAddress(text) != nil else { break }
            client = text
            guard trusts(text) else { break }
        }
        return client
    }

    /// Some proxies write `192.0.2.7:4711` or `[2001:db8::1]:4711`.
    private static func withoutPort(_ entry: Substring) -> String {
        let text = entry.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        if text.first == "[" { return String(text.dropFirst().prefix { $0 != "]" }) }
        let isFour = text.contains(".") && text.filter { $0 == ":" }.count == 1
        return String(isFour ? text.prefix { $0 != ":" } : text)
    }
}
