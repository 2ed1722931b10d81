import CoolkitWire
package import Logging
import NIOCore

/// Door sensors that keep no socket: their reports by HTTPS, and how long one keeps them online.
///
/// A report takes the same way as one on a socket: merged, told to the apps at once, and answered when it is in the store.
/// Source: `coolkit-v1-http.md` §6.1.
package struct SensorService: Sendable {
    private let registry: DeviceRegistry
    private let writer: StateWriter
    private let bus: any Bus
    /// Of all calls over HTTP that a device's key is needed for.
    package let guesses: DeviceGuessLimits
    /// How long a report keeps a sensor online.
    private let offlineAfter: Duration
    private let clock: WallClock
    private let logger: Logger

    package init(
        registry: DeviceRegistry,
        writer: StateWriter,
        bus: any Bus,
        guesses: DeviceGuessLimits,
        settings: ProtocolSettings,
        clock: WallClock,
        logger: Logger
    ) {
        self.registry = registry
        self.writer = writer
        self.bus = bus
        self.guesses = guesses
        offlineAfter = settings.sensorOfflineAfter
        self.clock = clock
        self.logger = logger
    }

    /// Takes a report; returns when it is in the store.
    ///
    /// A repeated one (same `d_seq` and readings as the last) changes nothing and is answered all the same.
    /// - Throws: `deviceNotFound`, `signatureWrong`, `invalidInput` (state too large), `busy` (too many failures from this
    ///   address), `storageFailed`.
    /// - Returns: the sensor.
    @discardableResult
    package func take(_ report: SensorReport, from address: String) async throws(SwitchyardError) -> LiveDevice {
        let device = try authenticated(report, from: address)
        guard try merge(report, into: device, from: address) else { return device }
        guard await writer.store(reportOf: device) else {
            throw SwitchyardError(.storageFailed, "the report could not be stored")
        }
        return device
    }

    /// The device that the report is of, if its key has signed it.
    ///
    /// Both refusals tell whether there is such a device, so an address that goes through ids hears neither.
    private func authenticated(_ report: SensorReport, from address: String) throws(SwitchyardError) -> LiveDevice {
        let keys = guesses.reports
        guard !keys.isBlocked(report.device, from: address) else { throw Self.busy }
        // A sub-device speaks through its gateway.
        guard let device = registry.device(report.device), device.gateway == nil else {
            keys.countUnknownDevice(from: address)
            guard guesses.ids.admit(report.device, from: address) else { throw Self.busy }
            throw SwitchyardError(.deviceNotFound, "device not found")
        }
        // A device that was added by its digest has no key before its first `register`, so nothing of it can be checked.
        guard let key = device.device.factoryKey, report.isSigned(with: key) else {
            keys.countWrongKey(of: report.device, from: address)
            guard guesses.ids.admit(report.device, from: address) else { throw Self.busy }
            throw SwitchyardError(.signatureWrong, "Sign:sign does not match the report")
        }
        return device
    }

    private static var busy: SwitchyardError { SwitchyardError(.busy, "too many refused reports") }

    /// Merges the report and tells of it; false when the state is in the store already.
    private func merge(
        _ report: SensorReport,
        into device: LiveDevice,
        from address: String
    ) throws(SwitchyardError) -> Bool {
        let merge: SensorMerge?
        do throws(ParamsError) {
            merge = try device.merge(report, from: address, at: clock.now)
        } catch {
            throw SwitchyardError(.invalidInput, "params is error: the state would be too large", underlying: error)
        }
        guard let merge else { throw SwitchyardError(.deviceNotFound, "device not found") }
        if !merge.isRepeated { tell(merge, of: report, by: device) }
        return merge.needsSaving
    }

    private func tell(_ merge: SensorMerge, of report: SensorReport, by device: LiveDevice) {
        let hasLearned = device.device.factoryKey.map {
            device.learn(from: DeviceRegistration(of: report, factoryKey: $0))
        }
        if hasLearned == true || merge.learnedFacts { writer.storeFacts(of: device) }
        if let presence = merge.presence {
            logger.info("Sensor online by its report", metadata: ["deviceid": "\(device.id)"])
            bus.publish(.presenceChanged(presence))
        }
        bus.publish(
            .stateChanged(
                StateChange(
                    of: device,
                    params: merge.told,
                    source: .device(deviceSequence: ByteBuffer(string: "\"\(report.sequence)\""), seq: nil),
                    entersHistory: merge.entersHistory,
                    notice: merge.notice
                )
            )
        )
    }

    // MARK: Presence

    /// How often `sweep` shall be called: often enough beside the time that a report counts, at least once a minute.
    package var sweepInterval: Duration { min(max(offlineAfter / 60, .seconds(1)), .seconds(60)) }

    /// Marks the sensors offline whose last report is too old, and tells the apps.
    package func sweep() {
        let now = clock.now
        let limit = now.advanced(by: .zero - offlineAfter)
        for device in registry.allDevices() {
            guard let presence = device.reportLapsed(notLaterThan: limit, at: now) else { continue }
            logger.info("Sensor offline: it has not reported for long", metadata: ["deviceid": "\(device.id)"])
            writer.storeLater(device)
            bus.publish(.presenceChanged(presence))
        }
    }

    /// At the start, when the devices are loaded: sensors are online by what they reported before.
    package func restorePresence() {
        let limit = clock.now.advanced(by: .zero - offlineAfter)
        for device in registry.allDevices() { device.restorePresence(reportedAfter: limit) }
    }
}
