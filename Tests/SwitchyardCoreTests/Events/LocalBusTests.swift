import CoolkitWire
import SwitchyardCore
import Synchronization
import Testing

@Suite("Local bus")
struct LocalBusTests {
    /// Keeps the devices whose adding it heard of.
    private final class Listener: Sendable {
        private let heard = Mutex<[DeviceID]>([])

        func receive(_ event: ServerEvent) {
            guard case .deviceAdded(let id, _) = event else { return }
            heard.withLock { $0.append(id) }
        }

        var ids: [DeviceID] { heard.withLock { $0 } }
    }

    private func added(_ id: String) -> ServerEvent { .deviceAdded(DeviceID(unchecked: id), owner: Account.owner.id) }

    @Test("Every subscriber hears every event in order, until it cancels")
    func delivers() {
        let bus = LocalBus()
        let (first, second) = (Listener(), Listener())
        let subscription = bus.subscribe(first.receive)
        _ = bus.subscribe(second.receive)

        bus.publish(added("1"))
        bus.publish(added("2"))
        subscription.cancel()
        subscription.cancel()
        bus.publish(added("3"))

        #expect(first.ids.map(\.rawValue) == ["1", "2"])
        #expect(second.ids.map(\.rawValue) == ["1", "2", "3"])
    }

    @Test("A subscriber may publish, subscribe and cancel while it is called")
    func isReentrant() {
        let bus = LocalBus()
        let listener = Listener()
        let own = Mutex<BusSubscription?>(nil)
        let subscription = bus.subscribe { event in
            own.withLock { $0 }?.cancel()
            _ = bus.subscribe(listener.receive)
            bus.publish(event)
        }
        own.withLock { $0 = subscription }

        bus.publish(added("1"))

        #expect(listener.ids.map(\.rawValue) == ["1"])
    }
}
