import CoolkitWire
import SwitchyardCore
import SwitchyardTransport

/// What is read when somebody asks and is not counted as it happens.
struct ServerFigures: Sendable {
    let registry: DeviceRegistry
    let sessions: any SessionDirectory
    let connections: ConnectionLimiter
    let certificates: [TLSContextSource]
    let clock: SteadyClock

    func families() -> [MetricFamily] {
        [
            devices(),
            openSessions(),
            expiries(),
            MetricFamily("switchyard_connections", .gauge, Double(connections.total)),
            MetricFamily("switchyard_clock_deviation_seconds", .gauge, clock.deviation / .seconds(1)),
        ]
    }

    private func devices() -> MetricFamily {
        var (online, offline) = (0, 0)
        for device in registry.allDevices() {
            if device.snapshot.isOnline { online += 1 } else { offline += 1 }
        }
        return Self.family("switchyard_devices", label: "state", [("online", online), ("offline", offline)])
    }

    private func openSessions() -> MetricFamily {
        var (apps, devices) = (0, 0)
        for session in sessions.sessions() {
            switch session.kind {
            case .app: apps += 1
            case .device: devices += 1
            }
        }
        return Self.family("switchyard_sessions", label: "kind", [("app", apps), ("device", devices)])
    }

    private func expiries() -> MetricFamily {
        let values = certificates.map { ($0.name, Int($0.notAfter.seconds)) }
        return Self.family("switchyard_certificate_not_after_seconds", label: "listener", values)
    }

    private static func family(_ name: String, label: String, _ values: [(String, Int)]) -> MetricFamily {
        var family = MetricFamily(name: name, kind: .gauge)
        for (value, number) in values { family.add(labels: [(label, value)], .number(Double(number))) }
        return family
    }
}
