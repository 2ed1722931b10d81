package import CoolkitWire

/// How near a certificate is to its end, as logs and `cert show` tell it.
package enum CertificateExpiry: Hashable, Sendable {
    case expired
    /// In less than ``warningDays`` days.
    case soon(days: Int)
    case later

    /// From here on people are told: enough for a holiday and a weekend.
    package static let warningDays = 30

    package init(notAfter: UnixTime, at now: UnixTime) {
        let left = notAfter.seconds - now.seconds
        if left <= 0 {
            self = .expired
        } else if left < Int64(Self.warningDays) * 86_400 {
            self = .soon(days: Int(left / 86_400))
        } else {
            self = .later
        }
    }

    /// `expired`, `soon` or `later`.
    package var text: String {
        switch self {
        case .expired: "expired"
        case .soon: "soon"
        case .later: "later"
        }
    }
}
