import CoolkitWire
import Synchronization

/// Lets changes of one thing (a device, the devices of an account) happen one after another, and those of different things
/// side by side.
///
/// A change is a transaction of the store and then one of the registry: without turns a second change could come in between,
/// and the two would end up with different devices. Whoever takes turns of an account and of a device takes the account's first.
final class Turns<Key: Hashable & Sendable>: Sendable {
    /// The keys that are taken, each with those who wait for it.
    private let taken = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `change` when nobody else changes what `key` names.
    func withTurn<Value>(
        of key: Key,
        _ change: () async throws(SwitchyardError) -> Value
    ) async throws(SwitchyardError) -> Value {
        await begin(key)
        defer { end(key) }
        return try await change()
    }

    private func begin(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isFree = taken.withLock { taken in
                guard taken[key] != nil else {
                    taken[key] = []
                    return true
                }
                taken[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ key: Key) {
        let next = taken.withLock { taken -> CheckedContinuation<Void, Never>? in
            guard taken[key]?.isEmpty == false else {
                taken[key] = nil
                return nil
            }
            return taken[key]?.removeFirst()
        }
        next?.resume()
    }
}

typealias DeviceTurns = Turns<DeviceID>
