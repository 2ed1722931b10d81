package import CoolkitWire

/// A step of a device's upgrade, as `device watch` and the log show it.
package struct UpgradeEvent: Hashable, Sendable {
    package let device: DeviceID
    package let model: String
    package let version: String
    package let step: UpgradeStep

    package init(device: DeviceID, model: String, version: String, step: UpgradeStep) {
        self.device = device
        self.model = model
        self.version = version
        self.step = step
    }
}

/// How far an upgrade is.
package enum UpgradeStep: Hashable, Sendable {
    /// The message was written to the device, or handed out with the answer to its report.
    case sent
    /// The device has acknowledged.
    case acknowledged
    /// The device has answered with an error: the end.
    case refused(deviceError: Int)
    /// No acknowledgement came; that alone says nothing, as some devices just begin to download.
    case unanswered
    /// The first bytes of an image were asked for.
    case downloadBegan(image: String)
    /// So much of an image has left.
    case downloading(image: String, bytes: Int, of: Int)
    /// All of an image has left.
    case downloaded(image: String, bytes: Int)
    /// The device reports the new version: the end.
    case completed
    /// Nothing more is expected: the end.
    case gaveUp(reason: String)

    package var isEnd: Bool {
        switch self {
        case .refused, .completed, .gaveUp: true
        case .sent, .acknowledged, .unanswered, .downloadBegan, .downloading, .downloaded: false
        }
    }

    /// Its name for programs.
    package var name: String {
        switch self {
        case .sent: "sent"
        case .acknowledged: "acknowledged"
        case .refused: "refused"
        case .unanswered: "unanswered"
        case .downloadBegan: "downloadBegan"
        case .downloading: "downloading"
        case .downloaded: "downloaded"
        case .completed: "completed"
        case .gaveUp: "gaveUp"
        }
    }
}
