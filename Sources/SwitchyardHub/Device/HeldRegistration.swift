import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// A `register` of a device that is in no account yet: it waits a little for the app's add call.
///
/// In Touch pairing the device may dial in before the app has added it. Source: `coolkit-device-side.md` §2.3.
final class HeldRegistration {
    let deadline: MonotonicTime
    private let registration: DeviceRegistration
    private let deviceSequence: ByteBuffer?
    private let hub: Hub
    private var wait: BusSubscription?

    /// Nil when the setting is not to wait.
    init?(_ registration: DeviceRegistration, deviceSequence: ByteBuffer?, hub: Hub) {
        guard hub.settings.registerHold > .zero else { return nil }
        self.registration = registration
        self.deviceSequence = deviceSequence
        self.hub = hub
        deadline = hub.clock.now.advanced(by: hub.settings.registerHold)
    }

    /// Begins to wait.
    ///
    /// False when too many wait already.
    func wait(for socket: HubConnection, on connection: WebSocketConnection) -> Bool {
        let bound = NIOLoopBound((self, socket, connection), eventLoop: connection.eventLoop)
        wait = hub.registry.waitForDevice(registration.id) {
            bound.eventLoop.execute {
                let (held, socket, connection) = bound.value
                held.decide(of: socket, on: connection)
            }
        }
        return wait != nil
    }

    /// The time is over.
    func expire(of socket: HubConnection, on connection: WebSocketConnection) {
        cancel()
        decide(of: socket, on: connection)
    }

    /// Stops waiting: the socket is gone.
    func cancel() {
        wait?.cancel()
        wait = nil
    }

    private func decide(of socket: HubConnection, on connection: WebSocketConnection) {
        guard connection.isOpen, case .held(let current) = socket.role, current === self else { return }
        socket.decide(registration, deviceSequence: deviceSequence, mayHold: false, on: connection)
    }
}
