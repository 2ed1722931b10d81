package import CoolkitWire
package import Logging
import ServiceLifecycle
import Synchronization

/// Brings the devices' state into the store: one row a device and commit, as many devices a commit as have gathered.
///
/// A device's own report is *urgent*: it is written at once, together with all that came while the last commit ran, and its
/// answer leaves after the commit. State that an app's command changed is *lazy*: the device will report it anyway, so it
/// is written with the next flush. What the store refuses stays queued and is tried again with every flush.
package final class StateWriter: Service {
    /// A report that waits for its commit.
    package struct Notice: Sendable {
        package let link: any DeviceLink
        package let ticket: UInt64
        package let succeeded: Bool
    }

    private struct Queue {
        var urgent: [DeviceID: LiveDevice] = [:]
        var lazy: [DeviceID: LiveDevice] = [:]
        var reports: [(link: any DeviceLink, ticket: UInt64)] = []
        /// Reports that came without a link and wait for the same commits; as many as there are requests in progress.
        var waiters: [CheckedContinuation<Bool, Never>] = []
        /// Devices whose facts changed (`register`).
        var facts: [DeviceID: LiveDevice] = [:]
        /// How often deleted devices were told.
        var timesTold: [DeviceID: Int] = [:]
        /// Devices in no account that were here, with the table that knows their records.
        var seen: [DeviceID: UnclaimedDevices] = [:]

        var isEmpty: Bool {
            urgent.isEmpty && lazy.isEmpty && reports.isEmpty && waiters.isEmpty && facts.isEmpty && timesTold.isEmpty
                && seen.isEmpty
        }
    }

    private enum Wake {
        case urgent
        case flush
    }

    private let store: any Store
    private let deliver: @Sendable ([Notice]) -> Void
    private let flushInterval: Duration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let queue = Mutex(Queue())
    /// Commits that the store has refused in a row: a full disk is told when it begins and when it ends, not with each report.
    private let refusals = Mutex(0)
    private let wakes: AsyncStream<Wake>
    private let wake: AsyncStream<Wake>.Continuation

    /// - Parameters:
    ///   - flushInterval: the longest time that lazy state waits, by `clock`.
    ///   - deliver: hands notices to their links, grouped as suits their event loops.
    package init(
        store: any Store,
        flushInterval: Duration,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger,
        deliver: @escaping @Sendable ([Notice]) -> Void
    ) {
        self.store = store
        self.flushInterval = flushInterval
        self.clock = clock
        self.logger = logger
        self.deliver = deliver
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(2))
    }

    // MARK: Handing in

    /// A report was merged into the device's state: `link` hears when it is in the store.
    package func store(reportOf device: LiveDevice, from link: any DeviceLink, ticket: UInt64) {
        let isFirst = queue.withLock { queue in
            let isFirst = queue.reports.isEmpty && queue.waiters.isEmpty
            queue.urgent[device.id] = device
            queue.reports.append((link, ticket))
            return isFirst
        }
        if isFirst { wake.yield(.urgent) }
    }

    /// A report that came by HTTPS was merged into the device's state: returns when it is in the store.
    ///
    /// False when the store refused it.
    package func store(reportOf device: LiveDevice) async -> Bool {
        await withCheckedContinuation { continuation in
            let isFirst = queue.withLock { queue in
                let isFirst = queue.reports.isEmpty && queue.waiters.isEmpty
                queue.urgent[device.id] = device
                queue.waiters.append(continuation)
                return isFirst
            }
            if isFirst { wake.yield(.urgent) }
        }
    }

    /// A command changed the device's state, or it came or went.
    package func storeLater(_ device: LiveDevice) {
        queue.withLock { $0.lazy[device.id] = device }
    }

    /// `register` told something new of the device.
    package func storeFacts(of device: LiveDevice) {
        queue.withLock { $0.facts[device.id] = device }
    }

    /// A deleted device was told once more.
    package func storeTimesTold(_ count: Int, of id: DeviceID) {
        queue.withLock { $0.timesTold[id] = count }
    }

    /// A device that no account has was here: its record is new or has changed.
    package func storeRecord(of id: DeviceID, in unclaimed: UnclaimedDevices) {
        queue.withLock { $0.seen[id] = unclaimed }
    }

    // MARK: Writing

    package func run() async throws {
        await withTaskGroup { group in
            group.addTask { await self.tick() }
            await withGracefulShutdownHandler {
                for await wake in wakes {
                    switch wake {
                    case .urgent: await writeReports()
                    case .flush: await flush()
                    }
                }
            } onGracefulShutdown: {
                self.wake.finish()
            }
            group.cancelAll()
        }
        await flush()
        if !queue.withLock({ $0.isEmpty }) {
            logger.error("Device state could not be stored before the end")
        }
    }

    /// Wakes the writer for the lazy part, again and again until cancelled.
    private func tick() async {
        while !Task.isCancelled {
            do {
                try await clock.sleep(for: flushInterval)
            } catch {
                return
            }
            if !queue.withLock({ $0.isEmpty }) { wake.yield(.flush) }
        }
    }

    /// Commits the reports that wait, until none is left.
    private func writeReports() async {
        while true {
            let (devices, reports, waiters) = queue.withLock { queue in
                defer {
                    queue.urgent.removeAll(keepingCapacity: true)
                    queue.reports.removeAll(keepingCapacity: true)
                    queue.waiters = []
                }
                return (Array(queue.urgent.values), queue.reports, queue.waiters)
            }
            if reports.isEmpty && devices.isEmpty { return }
            let succeeded = await save(devices)
            for waiter in waiters { waiter.resume(returning: succeeded) }
            deliver(reports.map { Notice(link: $0.link, ticket: $0.ticket, succeeded: succeeded) })
        }
    }

    /// Writes everything that is queued.
    private func flush() async {
        await writeReports()
        let (devices, facts, timesTold, seen) = queue.withLock { queue in
            defer {
                queue.lazy = [:]
                queue.facts = [:]
                queue.timesTold = [:]
                queue.seen = [:]
            }
            return (Array(queue.lazy.values), queue.facts, queue.timesTold, queue.seen)
        }
        if !devices.isEmpty { _ = await save(devices) }
        for device in facts.values { await saveFacts(of: device) }
        for (id, count) in timesTold { await saveTimesTold(count, of: id) }
        if !seen.isEmpty { await saveRecords(seen) }
    }

    /// Writes the records as they are now; one that has gone meanwhile is taken out again.
    private func saveRecords(_ seen: [DeviceID: UnclaimedDevices]) async {
        do throws(SwitchyardError) {
            try await store.noteArrivals(seen.compactMap { $1.record($0) })
            tellRecovery()
            let gone = seen.filter { $1.record($0) == nil }.map(\.key)
            if !gone.isEmpty { try await store.forgetAdopted(gone) }
        } catch {
            tellRefusal(of: "records of unclaimed devices", error)
            queue.withLock { $0.seen.merge(seen) { newer, _ in newer } }
        }
    }

    /// Writes the states in one commit; false when the store refused, and then they are queued again.
    private func save(_ devices: [LiveDevice]) async -> Bool {
        let states = devices.compactMap { device in
            device.stateForSaving().map { (device: device, state: $0.0, revision: $0.revision) }
        }
        do {
            try await store.saveStates(states.map(\.state))
            for entry in states { entry.device.markSaved(entry.revision) }
            tellRecovery()
            return true
        } catch  where error.code == .invalidInput && devices.count > 1 {
            // One state that can never be stored must not hold up the others.
            var succeeded = true
            for device in devices where await !save([device]) { succeeded = false }
            return succeeded
        } catch  where error.code == .invalidInput {
            logger.error("Device state is not fit for the store", metadata: ["error": "\(error)"])
            return false
        } catch {
            tellRefusal(of: "device state", error)
            queue.withLock { queue in
                for device in devices { queue.lazy[device.id] = device }
            }
            return false
        }
    }

    private func saveFacts(of device: LiveDevice) async {
        let known = device.device
        do throws(SwitchyardError) {
            try await store.saveFacts(known.facts, key: known.factoryKey, of: device.id)
        } catch {
            // A device that was removed meanwhile has no facts to store.
            guard error.code != .deviceNotFound else { return }
            tellRefusal(of: "facts of a device", error)
            queue.withLock { $0.facts[device.id] = device }
        }
    }

    private func saveTimesTold(_ count: Int, of id: DeviceID) async {
        do throws(SwitchyardError) {
            try await store.setTimesTold(count, of: id)
        } catch {
            tellRefusal(of: "notices to a deleted device", error)
            queue.withLock { $0.timesTold[id] = max($0.timesTold[id] ?? 0, count) }
        }
    }

    private func tellRefusal(of what: String, _ error: SwitchyardError) {
        let isFirst = refusals.withLock { refusals in
            refusals += 1
            return refusals == 1
        }
        guard isFirst else { return }
        logger.error(
            "The store refuses what devices report; trying again",
            metadata: ["what": "\(what)", "error": "\(error)"]
        )
    }

    private func tellRecovery() {
        let count = refusals.withLock { refusals in
            defer { refusals = 0 }
            return refusals
        }
        if count > 0 { logger.notice("The store takes what devices report again", metadata: ["refusals": "\(count)"]) }
    }
}
