import CoolkitWire
package import Logging
package import NIOCore
import ServiceLifecycle

/// Takes over the lists that gateways send of their sub-devices, one after the other and off the event loops.
///
/// The gateway hears of it after the commit: its link is told by the ticket, as with a report. Then apps hear of the list.
package final class SubDeviceReports: Service {
    private struct Job: Sendable {
        let report: SubDeviceReport
        let gateway: LiveDevice
        let params: ByteBuffer
        let deviceSequence: ByteBuffer?
        let link: any DeviceLink
        let ticket: UInt64
    }

    /// More lists than this do not wait; further ones are refused.
    private static let waitingLimit = 1_024

    private let devices: DeviceService
    private let writer: StateWriter
    private let bus: any Bus
    private let logger: Logger
    private let jobs: AsyncStream<Job>
    private let queue: AsyncStream<Job>.Continuation

    package init(devices: DeviceService, writer: StateWriter, bus: any Bus, logger: Logger) {
        self.devices = devices
        self.writer = writer
        self.bus = bus
        self.logger = logger
        (jobs, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingLimit))
    }

    /// Whether the list can be taken over as it stands.
    ///
    /// Throws as `DeviceService.check`.
    package func check(_ report: SubDeviceReport, from gateway: LiveDevice) throws(SwitchyardError) {
        try devices.check(report, from: gateway)
    }

    /// Hands in a list; `link` hears by `ticket` when it is in the store.
    ///
    /// False when too many wait.
    ///
    /// - Parameter params: the list as the gateway sent it, raw JSON.
    package func take(
        _ report: SubDeviceReport,
        from gateway: LiveDevice,
        params: ByteBuffer,
        deviceSequence: ByteBuffer?,
        link: any DeviceLink,
        ticket: UInt64
    ) -> Bool {
        let job = Job(
            report: report,
            gateway: gateway,
            params: params,
            deviceSequence: deviceSequence,
            link: link,
            ticket: ticket
        )
        if case .enqueued = queue.yield(job) { return true }
        return false
    }

    /// Ends when the surrounding group shuts down, after what has been handed in.
    package func run() async throws {
        await withGracefulShutdownHandler {
            for await job in jobs { await carryOut(job) }
        } onGracefulShutdown: {
            self.queue.finish()
        }
    }

    private func carryOut(_ job: Job) async {
        guard await isTaken(job), let needsSaving = mergesList(of: job) else {
            return job.link.reportStored(ticket: job.ticket, succeeded: false)
        }
        if needsSaving {
            writer.store(reportOf: job.gateway, from: job.link, ticket: job.ticket)
        } else {
            job.link.reportStored(ticket: job.ticket, succeeded: true)
        }
        bus.publish(
            .subDevicesReported(
                SubDeviceListing(
                    live: job.gateway,
                    params: job.params,
                    deviceSequence: job.deviceSequence
                )
            )
        )
    }

    private func isTaken(_ job: Job) async -> Bool {
        do throws(SwitchyardError) {
            try await devices.take(job.report, from: job.gateway)
            return true
        } catch {
            logger.warning(
                "Sub-devices not taken over",
                metadata: ["deviceid": "\(job.gateway.id)", "error": "\(error)"]
            )
            return false
        }
    }

    /// The gateway's own state shows the list, too (`subDevices` of uiid 66).
    ///
    /// A bare list is no object to merge and stands in no state. Whether the state has to be saved; nil when it is too large.
    private func mergesList(of job: Job) -> Bool? {
        guard job.params.getInteger(at: job.params.readerIndex, as: UInt8.self) == UInt8(ascii: "{") else {
            return false
        }
        do throws(ParamsError) {
            return try job.gateway.merge(job.params).needsSaving
        } catch {
            logger.warning("A list of sub-devices is too large", metadata: ["deviceid": "\(job.gateway.id)"])
            return nil
        }
    }
}
