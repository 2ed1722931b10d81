import CoolkitWire
import Logging
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// What a gateway says about, and for, the devices behind it.
///
/// Source: `coolkit-websocket.md` §5, `uiid-catalogue.md` §9.
extension DeviceConnection {
    /// More messages than this do not wait for a list to be taken over; further ones are taken as they come.
    private static let heldLimit = 32

    /// A message that names another deviceid: it is taken for a device behind this one, and refused for any other.
    ///
    /// Source: `coolkit-websocket.md` §5, "`deviceid` must equal the registered one, or a sub-device of it".
    func receive(
        _ envelope: Envelope,
        of text: String,
        _ deviceSequence: ByteBuffer?,
        on connection: WebSocketConnection
    ) {
        guard let id = DeviceID(text), let subDevice = hub.registry.device(id), subDevice.gateway === device else {
            if !listTickets.isEmpty, hold(envelope) { return }
            return answer(DeviceFrames.failure(.forbidden, deviceID: device.id, deviceSequence: deviceSequence))
        }
        let step = session.receive(envelope, of: id, at: hub.wallClock.now)
        carryOut(step, for: subDevice, envelope, on: connection)
    }

    /// The list of sub-devices: refused at once, or answered when it is in the store.
    func takeOver(_ list: SubDeviceReport, _ params: ByteBuffer, _ deviceSequence: ByteBuffer?) {
        do throws(SwitchyardError) {
            try hub.subDevices.check(list, from: device)
        } catch {
            hub.logger.info(
                "List of sub-devices refused",
                metadata: ["deviceid": "\(device.id)", "error": "\(error)"]
            )
            return answer(
                DeviceFrames.failure(
                    code: error.code.wireCode.rawValue,
                    deviceID: device.id,
                    deviceSequence: deviceSequence
                )
            )
        }
        let ticket = addWaitingAnswer(for: device.id, deviceSequence)
        listTickets.insert(ticket)
        let isTaken = hub.subDevices.take(
            list,
            from: device,
            params: params,
            deviceSequence: deviceSequence,
            link: handle,
            ticket: ticket
        )
        if !isTaken { reportStored(ticket: ticket, succeeded: false) }
    }

    /// Keeps a message until the lists that came before it are taken over: it may be about one of their devices.
    ///
    /// What comes behind it waits along, so that answers leave in the order of the requests. False when too many wait.
    func hold(_ envelope: Envelope) -> Bool {
        guard heldMessages.count < Self.heldLimit else { return false }
        heldMessages.append(envelope)
        return true
    }

    /// The lists are taken over: what waited for that is read now.
    func receiveHeld() {
        guard listTickets.isEmpty, let connection else { return }
        let held = heldMessages
        heldMessages = []
        // One of them may be a list again, and then the rest waits for that.
        for envelope in held where heldMessages.isEmpty || !hold(envelope) { receiveNow(envelope, on: connection) }
    }

    func setReachable(_ isReachable: Bool, _ subDevice: LiveDevice) {
        guard let change = subDevice.setReachable(isReachable, at: hub.wallClock.now) else { return }
        hub.writer.storeLater(subDevice)
        hub.bus.publish(.presenceChanged(change))
    }
}
