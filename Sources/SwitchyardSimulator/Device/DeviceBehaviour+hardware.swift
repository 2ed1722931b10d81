import CoolkitWire

/// What happens at the device itself, and its reports.
extension DeviceBehaviour {
    /// The longest wait for which a hardware timer is set: a later moment is looked at again.
    static let longestHardwareWait = Duration.seconds(60)

    /// The power comes on.
    mutating func switchOn(at now: Duration) -> [DeviceAction] {
        unit.hardware.powerUp(at: moment(now))
        for index in subUnits.indices { subUnits[index].hardware.powerUp(at: moment(now)) }
        let reads = unit.hardware.hasReadings || subUnits.contains { $0.hardware.hasReadings }
        return (reads ? [arm(.reading, after: settings.readingInterval)] : [])
            + [arm(.signal, after: signalInterval)]
    }

    /// Meters and sensors read.
    mutating func read(at now: Duration) -> [DeviceAction] {
        var actions = happened(unit.hardware.read(at: moment(now)), at: now)
        for index in subUnits.indices {
            actions += happened(subUnits[index].hardware.read(at: moment(now)), subDevice: index, at: now)
        }
        return actions + [arm(.reading, after: settings.readingInterval)]
    }

    /// The signal strength drifts; this does not wake a device that rests.
    mutating func driftSignal(at now: Duration) -> [DeviceAction] {
        let effect = unit.hardware.driftSignal(at: moment(now))
        let actions = phase == .resting ? [] : happened(effect, at: now)
        return actions + [arm(.signal, after: signalInterval)]
    }

    /// Does everything whose moment has come.
    mutating func runHardware(at now: Duration) -> [DeviceAction] {
        hardwareDue = nil
        var actions = happened(unit.hardware.run(at: moment(now)), at: now)
        for index in subUnits.indices {
            actions += happened(subUnits[index].hardware.run(at: moment(now)), subDevice: index, at: now)
        }
        return actions
    }

    /// Sets a timer for the next moment at which the hardware has something to do.
    mutating func armHardware(at now: Duration) -> [DeviceAction] {
        var due = unit.hardware.nextDue
        for sub in subUnits { due = [due, sub.hardware.nextDue].compactMap { $0 }.min() }
        guard let due else { return [] }
        let target = min(due, now + Self.longestHardwareWait)
        if let hardwareDue, hardwareDue <= target { return [] }
        hardwareDue = target
        return [arm(.hardware, after: max(.zero, target - now))]
    }

    /// Follows from the deviceid, so that not all devices report at a time.
    private var signalInterval: Duration {
        settings.signalInterval + settings.signalInterval * Int(DeviceUnit.seed(of: identity.deviceID) % 997) / 5_000
    }

    // MARK: Reports

    /// Remembers what has changed and reports it as soon as the device is online.
    mutating func happened(
        _ effect: DeviceHardware.Effect,
        subDevice index: Int? = nil,
        at now: Duration
    ) -> [DeviceAction] {
        for (key, value) in effect.changed {
            if let index { subUnits[index].unreported[key] = value } else { unit.unreported[key] = value }
        }
        let joined = effect.found.flatMap { join($0, at: now) }
        // Source: `coolkit-websocket.md` §4: OPL firmware is idle until a local event.
        if phase == .resting, !effect.changed.isEmpty { return joined + retry(at: now) }
        return joined + report(at: now)
    }

    /// Reports what has not been reported, of the device and of its sub-devices.
    mutating func report(at now: Duration) -> [DeviceAction] {
        guard phase == .online, let owner else { return [] }
        var actions: [DeviceAction] = []
        if !unit.unreported.isEmpty {
            let params = unit.unreported
            unit.unreported = [:]
            actions += sendReport(messages.update(params, owner: owner, at: now)) + [.tell(.report(params))]
        }
        for index in subUnits.indices where subUnits[index].isListed && !subUnits[index].unreported.isEmpty {
            let (id, params) = (subUnits[index].deviceID, subUnits[index].unreported)
            subUnits[index].unreported = [:]
            actions += outgoing(messages.update(params, of: id, owner: owner, at: now))
            actions.append(.tell(.subDeviceReport(id, params)))
        }
        return actions
    }

    // MARK: Sub-devices

    /// `reportSubDevice` with all sub-devices.
    ///
    /// Source: `uiid-catalogue.md` §9.
    mutating func subDeviceList(owner: APIKey, at now: Duration) -> JSONObject {
        let message = messages.reportSubDevices(.array(subUnits.map(\.listing)), owner: owner, at: now)
        listSequence = message["d_seq"]
        return message
    }

    /// The server knows all sub-devices: those that had to wait report.
    mutating func subDevicesListed(at now: Duration) -> [DeviceAction] {
        listSequence = nil
        for index in subUnits.indices { subUnits[index].isListed = true }
        return report(at: now)
    }

    /// Writes the sub-devices into the gateway's params.
    mutating func listSubDevices() {
        guard !subUnits.isEmpty else { return }
        unit.hardware.keep("subDevices", .array(subUnits.map(\.listing)))
    }

    /// A sub-device joins: the gateway tells of it, then of its state.
    private mutating func join(_ uiid: Int, at now: Duration) -> [DeviceAction] {
        guard let kind = SimulatedDeviceKind(uiid: uiid), subUnits.count < SubDeviceSearchPart.maximumSubDevices else {
            return []
        }
        var sub = DeviceUnit(subDevice: subUnits.count, of: identity, kind: kind, seed: settings.seed)
        sub.hardware.powerUp(at: moment(now))
        sub.unreported = sub.hardware.params
        subUnits.append(sub)
        listSubDevices()
        unit.unreported["subDevices"] = unit.hardware.params["subDevices"]
        guard phase == .online, let owner else { return [] }
        return [.send(subDeviceList(owner: owner, at: now))]
    }
}
