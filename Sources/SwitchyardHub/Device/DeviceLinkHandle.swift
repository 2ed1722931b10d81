import NIOCore
import SwitchyardCore

/// A device's session as other threads hold it: hops to the session's event loop, or acts at once when already there.
final class DeviceLinkHandle: DeviceLink {
    let number: UInt64
    let eventLoop: any EventLoop
    let localAddress: String?
    private let connection: NIOLoopBoundBox<DeviceConnection?>
    private let lose: @Sendable (DeviceCommand) -> Void

    /// On the session's loop.
    ///
    /// - Parameter lose: takes a command that comes when the session is over: it may go to the device's next one.
    init(eventLoop: any EventLoop, localAddress: String?, lose: @escaping @Sendable (DeviceCommand) -> Void) {
        number = SessionNumber.next()
        self.eventLoop = eventLoop
        self.localAddress = localAddress
        self.lose = lose
        connection = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    func bind(to connection: DeviceConnection) { self.connection.value = connection }

    /// The session is over: what comes later finds nobody.
    func unbind() { connection.value = nil }

    /// What comes from elsewhere than this loop, which has been admitted by no loop or by another one, is admitted here.
    func deliver(_ command: DeviceCommand) {
        if eventLoop.inEventLoop { return deliver(command, to: connection.value) }
        eventLoop.execute { [self] in
            guard let connection = connection.value, !connection.admits(command) else {
                return deliver(command, to: connection.value)
            }
            command.finish(.busy)
        }
    }

    private func deliver(_ command: DeviceCommand, to connection: DeviceConnection?) {
        guard let connection else { return lose(command) }
        connection.deliver(command)
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
