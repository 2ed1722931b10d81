import SwitchyardCore

extension ConfigurationField {
    /// How firmware is kept and handed out.
    static let firmwareFields: [ConfigurationField] = [
        flag(
            "firmware.allowUnsignedDownloads",
            \.firmware.allowsUnsignedDownloads,
            "Whoever knows the address of an image gets it; else only a device that proves to be one."
        ),
        choice(
            "firmware.throttle",
            \.firmware.throttle,
            "Who gets an image slowly (1400 bytes every 0.3 s): nobody, devices with a ROM below 2, or all."
        ),
        integer(
            "firmware.maximumImageBytes",
            \.firmware.maximumImageBytes,
            65_536...67_108_864,
            "The largest image that may be uploaded."
        ),
        integer(
            "firmware.maximumReleases",
            \.firmware.maximumReleases,
            1...10_000,
            "Firmware that may be kept."
        ),
        integer(
            "firmware.maximumDownloads",
            \.firmware.maximumDownloads,
            1...10_000,
            "Downloads at a time; one more is told to come again."
        ),
    ]
}
