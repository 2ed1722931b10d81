/// How firmware is kept and handed out.
package struct FirmwareSettings: Hashable, Sendable {
    /// A download without `sign` is let through for whoever knows its address, which nobody can guess.
    ///
    /// Default off: all firmware that is known to download (Sonoff, OPL1000) signs. On is for firmware that does not, on a
    /// network that is trusted. Source: `coolkit-v1-http.md` §6.3.
    package var allowsUnsignedDownloads = false
    /// Who gets an image slowly, 1400 bytes every 0.3 seconds.
    ///
    /// Default `oldFirmware`. Source: `coolkit-v1-http.md` §6.3.
    package var throttle = DownloadThrottle.oldFirmware
    /// The largest image that may be uploaded, in bytes; 64 KiB to 64 MiB, default 2 MiB.
    package var maximumImageBytes = 2 << 20
    /// Firmware that may be kept; 1 to 10 000, default 200.
    package var maximumReleases = 200
    /// Downloads at a time; one more is answered with 503.
    ///
    /// 1 to 10 000, default 32.
    package var maximumDownloads = 32

    /// All defaults.
    package init() {}
}

/// Who gets an image slowly.
///
/// Old firmware fails, and reports 404, when data arrives faster than it writes. Source: `coolkit-device-side.md` §7.
package enum DownloadThrottle: String, Sendable, CaseIterable {
    /// Nobody, unless an upgrade is started that way.
    case never
    /// Devices that registered with a `romVersion` below 2.
    case oldFirmware
    /// Every device.
    case always

    /// Whether a device gets its image slowly.
    package func applies(to device: Device?) -> Bool {
        switch self {
        case .never: return false
        case .always: return true
        case .oldFirmware:
            guard let major = device?.facts.romVersion.split(separator: ".").first.flatMap({ Int($0) }) else {
                return false
            }
            return major < 2
        }
    }
}
