import Metrics

/// What the hub counts.
///
/// No labels that name accounts or devices.
struct HubMetrics: Sendable {
    private let appHandshakes = Counter(label: "switchyard_hub_app_handshakes_total")
    private let deviceRegistrations = Counter(label: "switchyard_hub_device_registrations_total")
    private let refusedHandshakes = Counter(label: "switchyard_hub_refused_handshakes_total")
    private let commands = Counter(label: "switchyard_hub_commands_total")
    private let shedCommands = Counter(label: "switchyard_hub_commands_shed_total")
    private let reports = Counter(label: "switchyard_hub_reports_total")
    private let malformedFrames = Counter(label: "switchyard_hub_malformed_frames_total")

    func appCameOnline() { appHandshakes.increment() }
    func deviceCameOnline() { deviceRegistrations.increment() }
    func handshakeRefused() { refusedHandshakes.increment() }
    func commandReceived() { commands.increment() }
    func commandShed() { shedCommands.increment() }
    func reportReceived() { reports.increment() }
    func malformedFrameReceived() { malformedFrames.increment() }
}
