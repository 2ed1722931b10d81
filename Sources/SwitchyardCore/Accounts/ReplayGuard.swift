package import CoolkitWire
import Synchronization

/// Remembers the signed requests of applications that must not repeat one.
///
/// Of each application it keeps the last `capacity` requests at least, and twice as many at most, as 32 bytes each. A restart
/// forgets them. Source: `coolkit-v1-http.md` §1.1 (`nonceReplayCheck`), §2.4 (not after a 301).
package final class ReplayGuard: Sendable {
    /// The requests kept of an application: when the newer half is full, the older is dropped.
    private struct Memory {
        var newer: Set<TokenHash> = []
        var older: Set<TokenHash> = []
    }

    private let capacity: Int
    private let memories = Mutex<[AppID: Memory]>([:])

    package init(capacity: Int = 16_384) { self.capacity = capacity }

    /// Notes the request; false when it was seen before.
    package func admit(timestamp: String, nonce: String, of application: AppID) -> Bool {
        let mark = Self.mark(timestamp, nonce)
        return memories.withLock { memories in
            var memory = memories.removeValue(forKey: application) ?? Memory()
            defer { memories[application] = memory }
            guard !memory.older.contains(mark), memory.newer.insert(mark).inserted else { return false }
            if memory.newer.count >= capacity {
                memory.older = memory.newer
                memory.newer = []
            }
            return true
        }
    }

    /// Forgets the request: its client was sent elsewhere and may come back with the same.
    package func forget(timestamp: String, nonce: String, of application: AppID) {
        let mark = Self.mark(timestamp, nonce)
        memories.withLock { memories in
            memories[application]?.newer.remove(mark)
            memories[application]?.older.remove(mark)
        }
    }

    /// Forgets all requests of an application.
    package func forget(_ application: AppID) { memories.withLock { $0[application] = nil } }

    /// A hash, as a nonce may have any length.
    private static func mark(_ timestamp: String, _ nonce: String) -> TokenHash {
        TokenHash(of: "\(timestamp)\0\(nonce)")
    }
}
