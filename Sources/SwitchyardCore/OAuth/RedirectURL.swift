/// Where an application has a browser sent back to after its user let it in.
///
/// The operator registers each, and requests are compared byte for byte: nobody is sent anywhere else. A code never travels
/// in clear text over a network, so `http` is for the browser's own machine alone; apps may have a scheme of their own, which
/// has a dot. Source: RFC 6749 §3.1.2, RFC 9700 §2.1 and §2.6, RFC 8252 §7.1.
package struct RedirectURL: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 1 to 512 bytes of ASCII.
    package let text: String
    /// What a page's `form-action` has to allow for this URL, as browsers hold redirects after a form against it.
    package let formTarget: String

    package static let maximumLength = 512
    /// How many an application may have.
    package static let maximumPerApplication = 16

    private static let loopbackHosts: Set = ["localhost", "127.0.0.1", "[::1]"]
    /// What is added to the URL, so that it must not be there before.
    private static let ownParameters: Set = ["code", "region", "state", "error"]

    /// Throws `invalidInput` with what is wrong with the URL.
    package init(_ text: String) throws(SwitchyardError) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else {
            throw Self.fault("has 1 to \(Self.maximumLength) bytes")
        }
        guard text.utf8.allSatisfy(Self.mayStand) else {
            throw Self.fault("has printable ASCII characters only, others percent-encoded, and no fragment")
        }
        guard let colon = text.firstIndex(of: ":"), Self.isScheme(text[..<colon]) else {
            throw Self.fault("begins with a scheme in lower case, as https:")
        }
        let scheme = String(text[..<colon])
        let rest = text[text.index(after: colon)...]
        switch scheme {
        case "https", "http": formTarget = try Self.webTarget(scheme: scheme, rest: rest)
        default:
            guard scheme.contains("."), rest.hasPrefix("/"), rest != "/" else {
                throw Self.fault("is https, http to the same machine, or an app's own scheme as com.example.app:/path")
            }
            formTarget = "\(scheme):"
        }
        for name in Self.parameterNames(of: text) where Self.ownParameters.contains(name) {
            throw Self.fault("has no parameter '\(name)' of its own")
        }
        self.text = text
    }

    package static func < (left: RedirectURL, right: RedirectURL) -> Bool { left.text < right.text }
    package var description: String { text }

    /// The URL with these parameters behind those it has.
    package func appending(_ parameters: [(name: String, value: String)]) -> String {
        let added = parameters.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
        guard text.contains("?") else { return "\(text)?\(added)" }
        return text.hasSuffix("?") || text.hasSuffix("&") ? text + added : "\(text)&\(added)"
    }

    /// Checks host and port; gives the origin.
    ///
    /// A content security policy cannot name an IPv6 address, so that its whole scheme has to do.
    private static func webTarget(scheme: String, rest: Substring) throws(SwitchyardError) -> String {
        guard rest.hasPrefix("//") else { throw fault("has // and a host behind its scheme") }
        let authority = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = hostAndPort(of: authority) else {
            throw fault("has a host, perhaps a port, and neither user nor password")
        }
        guard scheme == "https" || loopbackHosts.contains(host.lowercased()) else {
            throw fault("is https; http goes to localhost, 127.0.0.1 or [::1] alone")
        }
        guard !host.hasPrefix("[") else { return "\(scheme):" }
        return port.map { "\(scheme)://\(host):\($0)" } ?? "\(scheme)://\(host)"
    }

    private static func hostAndPort(of authority: Substring) -> (host: String, port: Int?)? {
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            (host, rest) = (authority[...end], authority[authority.index(after: end)...])
            guard host.utf8.count > 4, host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || ":.".contains($0) })
            else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
            guard !host.isEmpty, host.utf8.allSatisfy({ isLetterOrDigit($0) || [0x2D, 0x2E].contains($0) }) else {
                return nil
            }
        }
        guard !rest.isEmpty else { return (String(host), nil) }
        guard rest.hasPrefix(":"), rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(rest.dropFirst()), (1...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    private static func parameterNames(of text: String) -> [String] {
        guard let mark = text.firstIndex(of: "?") else { return [] }
        return text[text.index(after: mark)...].split(separator: "&").map { String($0.prefix { $0 != "=" }) }
    }

    /// What may stand in a URL; the rest has to be encoded, so that the text is safe in a header and in a page.
    static func mayStand(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._~:/?[]@!$&'()*+,;=%".utf8.contains(byte)
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isLetterOrDigit(byte) || "-._~".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func fault(_ rule: String) -> SwitchyardError {
        SwitchyardError(.invalidInput, "a redirect URL \(rule)")
    }
}
