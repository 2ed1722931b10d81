import CoolkitWire
import Synchronization

/// All firmware and all upgrades that wait for a report, in memory: what downloads and queries ask instead of the database.
final class FirmwareTable: Sendable {
    private struct State {
        var releases: [FirmwareKey: FirmwareRelease] = [:]
        var pending: [DeviceID: FirmwareKey] = [:]
    }

    private let state = Mutex(State())

    /// All releases, by model, the newest version of each first.
    var all: [FirmwareRelease] {
        state.withLock { Array($0.releases.values) }
            .sorted { $0.model == $1.model ? $0.version > $1.version : $0.model < $1.model }
    }

    var count: Int { state.withLock { $0.releases.count } }

    func release(_ key: FirmwareKey) -> FirmwareRelease? { state.withLock { $0.releases[key] } }

    /// The releases for a model, the newest first.
    func releases(for model: String) -> [FirmwareRelease] {
        state.withLock { $0.releases.values.filter { $0.model == model } }.sorted { $0.version > $1.version }
    }

    /// Whether an image is one of a release.
    func uses(_ digest: ImageDigest) -> Bool {
        state.withLock { $0.releases.values.contains { $0.images.contains { $0.digest == digest } } }
    }

    func insert(_ release: FirmwareRelease) { state.withLock { $0.releases[release.key] = release } }

    /// Takes a release out, and the upgrades to it that wait.
    func remove(_ key: FirmwareKey) {
        state.withLock { state in
            state.releases[key] = nil
            state.pending = state.pending.filter { $0.value != key }
        }
    }

    // MARK: Upgrades that wait for a report

    /// The release that a device gets with its next report.
    func pending(for device: DeviceID) -> FirmwareRelease? {
        state.withLock { state in state.pending[device].flatMap { state.releases[$0] } }
    }

    func setPending(_ key: FirmwareKey?, for device: DeviceID) { state.withLock { $0.pending[device] = key } }
}
