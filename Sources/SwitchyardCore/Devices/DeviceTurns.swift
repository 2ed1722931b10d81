import CoolkitWire
import Synchronization

/// Lets the changes of one device happen one after another, and those of different devices side by side.
///
/// A change is a transaction of the store and then one of the registry: without turns a second change could come in between,
/// and the two would end up with different devices.
final class DeviceTurns: Sendable {
    /// The ids that are taken, each with those who wait for it.
    private let taken = Mutex<[DeviceID: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `change` when nobody else changes this device.
    func withTurn<Value>(
        of id: DeviceID,
        _ change: () async throws(SwitchyardError) -> Value
    ) async throws(SwitchyardError) -> Value {
        await begin(id)
        defer { end(id) }
        return try await change()
    }

    private func begin(_ id: DeviceID) async {
        await withCheckedContinuation { continuation in
            let isFree = taken.withLock { taken in
                guard taken[id] != nil else {
                    taken[id] = []
                    return true
                }
                taken[id]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ id: DeviceID) {
        let next = taken.withLock { taken -> CheckedContinuation<Void, Never>? in
            guard taken[id]?.isEmpty == false else {
                taken[id] = nil
                return nil
            }
            return taken[id]?.removeFirst()
        }
        next?.resume()
    }
}
