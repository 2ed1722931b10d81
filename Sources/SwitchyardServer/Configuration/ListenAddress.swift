import SwitchyardCore

/// An address to listen on as an operator writes it: `127.0.0.1`, `192.0.2.7:443`, `::1`, `[::]:8080`, `localhost`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address or a host name, without brackets.
    package let host: String
    /// Nil: the listener's port.
    package let port: Int?

    package init(host: String, port: Int? = nil) {
        self.host = host
        self.port = port
    }

    /// Reads `ADDR` or `ADDR:PORT`; nil when the text is neither.
    package init?(_ text: String) {
        guard let parts = Self.split(text) else { return nil }
        var port: Int?
        if let portText = parts.port {
            guard let number = Int(portText), (0...65_535).contains(number), portText.first != "+" else { return nil }
            port = number
        }
        guard NumericAddress(parts.host) != nil || Self.isHostName(parts.host) else { return nil }
        self.init(host: parts.host, port: port)
    }

    /// Takes the text apart at the colon of the port; an IPv6 address with a port has brackets.
    private static func split(_ text: String) -> (host: String, port: String?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            guard host.contains(":") else { return nil }
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (host, nil) }
            return rest.first == ":" ? (host, String(rest.dropFirst())) : nil
        }
        if NumericAddress(text) != nil { return (text, nil) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (text, nil)
        case 2: return (String(parts[0]), String(parts[1]))
        default: return nil
        }
    }

    /// Letters, digits and hyphens in labels of 1 to 63, with at least one letter, so that `1.2.3` is a mistake.
    package static func isHostName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && text.contains(where: \.isLetter)
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
    }

    /// Stands for every interface: IPv4 alone, or both kinds.
    package var isEveryInterface: Bool { host == "0.0.0.0" || host == "::" }

    package var description: String {
        let shown = host.contains(":") && port != nil ? "[\(host)]" : host
        return port.map { "\(shown):\($0)" } ?? shown
    }
}

/// An address to bind.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { ListenAddress(host: host, port: port).description }
}
