import NIOCore
import SwitchyardCore

/// A device's session as other threads hold it: hops to the session's event loop, or acts at once when already there.
final class DeviceLinkHandle: DeviceLink {
    let number: UInt64
    let eventLoop: any EventLoop
    private let connection: NIOLoopBoundBox<DeviceConnection?>

    /// On the session's loop.
    init(eventLoop: any EventLoop) {
        number = SessionNumber.next()
        self.eventLoop = eventLoop
        connection = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    func bind(to connection: DeviceConnection) { self.connection.value = connection }

    /// The session is over: what comes later finds nobody.
    func unbind() { connection.value = nil }

    func deliver(_ command: DeviceCommand) {
        onLoop { connection in
            guard let connection else { return command.finish(.timedOut) }
            connection.deliver(command)
        }
    }

    func reportStored(ticket: UInt64, succeeded: Bool) {
        onLoop { $0?.reportStored(ticket: ticket, succeeded: succeeded) }
    }

    func close(_ reason: DeviceLinkClosure) { onLoop { $0?.close(reason) } }

    func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void) {
        onLoop { connection in
            guard let connection else { return answer(false) }
            connection.probe(within: limit, answer: answer)
        }
    }

    private func onLoop(_ body: @escaping @Sendable (DeviceConnection?) -> Void) {
        if eventLoop.inEventLoop {
            body(connection.value)
        } else {
            eventLoop.execute { [connection] in body(connection.value) }
        }
    }
}
