package import CoolkitWire
package import NIOCore
import Synchronization

/// The timers among a device's params.
extension LiveDevice {
    /// The device has asked for its timers: it runs them itself.
    ///
    /// Not stored: such a device asks anew after each `register`.
    package func noteTimersQueried() {
        state.withLock { $0.queriesTimers = true }
    }

    /// Whether the device has asked for its timers since the server started.
    package var queriesTimers: Bool { state.withLock { $0.queriesTimers } }

    /// The elements of `params.timers`; none when it is no list.
    package var timerElements: [JSON] {
        Self.elements(of: state.withLock { $0.params.value(of: "timers") })
    }

    /// Puts another element in the place of one that still stands in the list as it was.
    ///
    /// - Returns: `{"timers":[…]}` as it is now; nil when the element is not there any more, or the list would be too large.
    package func replaceTimer(_ element: JSON, with replacement: JSON) -> ByteBuffer? {
        state.withLock { state in
            var elements = Self.elements(of: state.params.value(of: "timers"))
            guard let position = elements.firstIndex(of: element) else { return nil }
            elements[position] = replacement
            let change: JSON = ["timers": .array(elements)]
            do throws(ParamsError) {
                guard try state.params.merge(change.buffer) else { return nil }
            } catch {
                return nil
            }
            state.revision += 1
            return change.buffer
        }
    }

    private static func elements(of timers: ByteBuffer?) -> [JSON] {
        // Stored params are JSON by construction.
        timers.flatMap { try? JSON(parsing: $0) }?.arrayValue ?? []
    }
}
