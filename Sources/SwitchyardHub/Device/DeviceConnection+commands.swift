import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// Commands on their way to the device, and what becomes of them.
extension DeviceConnection {
    /// Whether the session's event loop takes on one more command from elsewhere.
    ///
    /// What the operator asks for, and timers run, it does: they are few, and do not ask again. What an earlier session of the
    /// device has taken on stays so.
    func admits(_ command: DeviceCommand) -> Bool {
        guard let connection else { return true }
        connection.load.workBegins()
        guard !command.isByOperator, !command.wasResent, !connection.load.admitsCommand() else { return true }
        hub.metrics.commandShed()
        return false
    }

    /// Writes a command to the device.
    func deliver(_ command: DeviceCommand) {
        guard let connection, connection.isOpen else {
            let grace = hub.settings.offlineGrace
            return command.device.commandLost(command, wasWritten: false, within: grace, at: hub.clock.now)
        }
        let sequence = session.pending.enter(command) { SequenceText(hub.makeCommandSequence()) }
        guard let sequence else { return command.finish(.busy) }
        send(frame(of: command, sequence))
        socket?.armTimer()
    }

    /// The message of a command; the params of an upgrade are the sender's to the letter.
    private func frame(of command: DeviceCommand, _ sequence: SequenceText) -> ByteBuffer {
        switch command.kind {
        case .update:
            return DeviceFrames.update(
                deviceID: command.device.id,
                ownerAPIKey: session.ownerAPIKey,
                sequence: sequence,
                params: command.device.paramsForDevice(command.params)
            )
        case .upgrade:
            hub.upgrades.tracker.commandSent(command)
            return DeviceFrames.upgrade(
                deviceID: command.device.id,
                ownerAPIKey: session.ownerAPIKey,
                sequence: sequence,
                params: command.params
            )
        }
    }

    /// A command was answered: what it changed is state now, and everybody hears of it.
    func finish(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        if case .acknowledged = outcome, command.kind == .update { applyState(of: command) }
        command.finish(outcome)
    }

    private func applyState(of command: DeviceCommand) {
        let device = command.device
        var entersHistory = false
        var notice: StateNotice?
        do throws(ParamsError) {
            let merge = try device.merge(command.params)
            if merge.needsSaving { hub.writer.storeLater(device) }
            entersHistory = merge.entersHistory
            notice = merge.notice
        } catch {
            hub.logger.warning("Acknowledged params are too large to store", metadata: ["deviceid": "\(device.id)"])
        }
        hub.bus.publish(
            .stateChanged(
                StateChange(
                    of: device,
                    params: command.params,
                    source: .command(
                        sequence: command.sequence,
                        actingAPIKey: command.actingAPIKey,
                        session: ObjectIdentifier(command.origin)
                    ),
                    entersHistory: entersHistory,
                    isByOperator: command.isByOperator,
                    notice: notice
                )
            )
        )
    }

    /// When the first command is overdue.
    var nextDeadline: MonotonicTime? { session.pending.nextDeadline }

    func failOverdue(at now: MonotonicTime) {
        for command in session.pending.removeOverdue(at: now) { command.finish(.timedOut) }
    }
}
