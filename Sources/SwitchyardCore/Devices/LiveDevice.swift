package import CoolkitWire
package import NIOCore
import Synchronization

/// A device of the registry: who owns it, its state, and its connection if it has one.
///
/// One short mutex; nothing is sent, called back or awaited under it.
package final class LiveDevice: Sendable {
    package let id: DeviceID
    /// Owner and the owner's apikey: what each message needs.
    ///
    /// A device that changes hands is another `LiveDevice`.
    package let ownership: (owner: AccountID, apiKey: APIKey)
    /// The gateway that a sub-device is reached through; nil for a device with a connection of its own.
    package let gateway: LiveDevice?
    let state: Mutex<State>

    struct State: Sendable {
        var device: Device {
            didSet { wantsAllSwitches = device.wantsAllSwitches }
        }
        /// Looked at for each command, so worked out when the device changes.
        var wantsAllSwitches: Bool
        var params: ParamsDocument
        var onlineTime: UnixTime?
        var offlineTime: UnixTime?
        var address: String
        /// What apps were told last.
        ///
        /// Stays true while a lost link may still come back.
        var isOnline = false {
            didSet { if isOnline != oldValue { transitions &+= 1 } }
        }
        /// Counts how often the device came and went: its sub-devices follow the latest of it.
        var transitions: UInt64 = 0
        /// What a sub-device knows of its gateway and of itself.
        var subDevice = SubDeviceState()
        /// The device has asked for its timers, so it runs them itself.
        var queriesTimers = false
        /// True from the loss of a link until its time to come back is over: commands wait for it.
        var awaitsReturn = false
        /// The last report by HTTPS, of a sensor that keeps no socket.
        var lastReport: ReportMark?
        /// True as long as the last report is what makes the device online, whatever becomes of a socket.
        var isOnlineByReport = false
        var link: (any DeviceLink)?
        /// Counts the links; the end of an older one changes nothing.
        var generation: UInt64 = 0
        /// Commands that wait for a lost link to come back; only within `offlineGrace`.
        var parked: [DeviceCommand] = []
        /// Counts the changes of what is stored, and the last one that is in the store.
        var revision: UInt64 = 0
        var savedRevision: UInt64 = 0
        var isRemoved = false
        /// Whom it is shared with: as the store has it.
        var shares: [Share] = []
    }

    /// Throws when the stored params are no JSON object.
    ///
    /// - Parameter gateway: the live device of `device.parent`.
    package init(
        _ device: Device,
        state stored: DeviceState,
        gateway: LiveDevice? = nil
    ) throws(JSONSyntaxError) {
        precondition(device.parent == gateway?.id, "a sub-device needs its own gateway")
        id = device.id
        self.gateway = gateway
        ownership = (device.owner, device.ownerAPIKey)
        state = Mutex(
            State(
                device: device,
                wantsAllSwitches: device.wantsAllSwitches,
                params: try ParamsDocument(bytes: stored.params),
                onlineTime: stored.onlineTime,
                offlineTime: stored.offlineTime,
                address: stored.address,
                lastReport: stored.lastReport
            )
        )
    }

    // MARK: Reading

    /// All of it, as REST and the CLI show it.
    package var snapshot: DeviceSnapshot {
        state.withLock { state in
            DeviceSnapshot(
                device: state.device,
                params: state.params.bytes,
                isOnline: state.isOnline,
                onlineTime: state.onlineTime,
                offlineTime: state.offlineTime,
                address: state.address,
                sharedTo: state.shares
            )
        }
    }

    package var device: Device { state.withLock { $0.device } }

    /// Whether a report counts as the ack of a pending command.
    package var countsUpdateAsAck: Bool { state.withLock { $0.device.options.ackByUpdate } }

    /// The stored params with these names, or all of them when `names` is empty; nil when none is known.
    package func params(named names: [String]) -> ByteBuffer? {
        state.withLock { state in
            guard names.isEmpty else { return state.params.selecting(names) }
            return state.params.isEmpty ? nil : state.params.buffer
        }
    }

    /// The command's params as this device wants them: `switches` completed for old firmware.
    package func paramsForDevice(_ params: ByteBuffer) -> ByteBuffer {
        state.withLock { state in
            guard state.wantsAllSwitches else { return params }
            return state.params.completingSwitches(params) ?? params
        }
    }

    // MARK: Changing

    /// Changes what the owner or `register` may change.
    package func update(_ change: (inout Device) -> Void) {
        state.withLock { change(&$0.device) }
    }

    /// What a merge did.
    package struct Merge: Sendable {
        /// False when the state is already in the store as it is now.
        package let needsSaving: Bool
        /// The first report told what kind of device it is: the facts have to be stored.
        package let learnedFacts: Bool
        /// Something in the state is different now, and the owner has not switched the device's history off.
        package let entersHistory: Bool
        /// Set when the owner is to be told by a message.
        package let notice: StateNotice?
    }

    /// Merges params into the state.
    ///
    /// Throws when the result would be larger than 64 KiB; then nothing changed.
    package func merge(_ params: ByteBuffer) throws(ParamsError) -> Merge {
        let result = state.withLock { state -> Result<Merge, ParamsError> in
            do throws(ParamsError) {
                let isFirst = state.params.isEmpty
                let probe = NoticeProbe(state.device, state.params)
                let hasChanged = try state.params.merge(params)
                if hasChanged { state.revision += 1 }
                let learnedFacts =
                    isFirst && state.device.guessInterface(reporting: state.params)
                return .success(
                    Merge(
                        needsSaving: state.revision != state.savedRevision,
                        learnedFacts: learnedFacts,
                        entersHistory: hasChanged && state.device.keepsHistory,
                        notice: hasChanged ? probe?.notice(after: state.params) : nil
                    )
                )
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: Saving

    /// The state to write, with its revision; nil for a removed device.
    package func stateForSaving() -> (DeviceState, revision: UInt64)? {
        state.withLock { state in
            guard !state.isRemoved else { return nil }
            let stored = DeviceState(
                id: id,
                params: state.params.bytes,
                onlineTime: state.onlineTime,
                offlineTime: state.offlineTime,
                address: state.address,
                lastReport: state.lastReport
            )
            return (stored, state.revision)
        }
    }

    /// Remembers that this revision is in the store.
    package func markSaved(_ revision: UInt64) {
        state.withLock { $0.savedRevision = max($0.savedRevision, revision) }
    }

    // MARK: The link

    /// What `attach` found.
    package struct Attachment: Sendable {
        package let generation: UInt64
        /// The link that was in place; the caller closes it.
        package let replaced: (any DeviceLink)?
        /// True when apps have to hear that the device is online.
        package let cameOnline: Bool
        /// Commands that waited for the device; the caller dispatches them again.
        package let parked: [DeviceCommand]
    }

    /// The link in place, if any.
    package var link: (any DeviceLink)? { state.withLock { $0.link } }

    /// Puts a new link in place.
    ///
    /// Returns nil when the device has been removed meanwhile.
    package func attach(_ link: any DeviceLink, address: String, at time: UnixTime) -> Attachment? {
        state.withLock { state in
            guard !state.isRemoved else { return nil }
            let attachment = Attachment(
                generation: state.generation + 1,
                replaced: state.link === link ? nil : state.link,
                cameOnline: !state.isOnline,
                parked: state.parked
            )
            state.parked = []
            state.generation += 1
            state.link = link
            state.isOnline = true
            state.awaitsReturn = false
            state.isOnlineByReport = false
            if attachment.cameOnline { state.onlineTime = time }
            state.address = address
            state.revision += 1
            return attachment
        }
    }

    /// Takes the link of this generation out.
    ///
    /// False when a newer one is in place: then nothing has to follow.
    package func detach(generation: UInt64) -> Bool {
        state.withLock { state in
            guard state.generation == generation, state.link != nil else { return false }
            state.link = nil
            state.awaitsReturn = true
            return true
        }
    }

    /// The time to come back is over: marks the device offline, unless it has reported by HTTPS meanwhile.
    ///
    /// Nil when it has come back (or was already offline).
    ///
    /// The caller fails the returned commands and tells the apps.
    package func graceEnded(generation: UInt64, at time: UnixTime) -> (PresenceChange, lost: [DeviceCommand])? {
        state.withLock { state in
            guard state.generation == generation, state.link == nil, state.awaitsReturn else { return nil }
            state.awaitsReturn = false
            if !state.isOnlineByReport {
                state.isOnline = false
                state.offlineTime = time
                state.revision += 1
            }
            let lost = state.parked
            state.parked = []
            return (presence(of: state, at: time), lost)
        }
    }

    /// Takes out the commands that wait for this lost link and are overdue; says when the next one will be.
    ///
    /// Nil when the link does not count any more: a newer one has come, or the time to come back is over.
    package func removeOverdueParked(
        generation: UInt64,
        at now: MonotonicTime
    ) -> (overdue: [DeviceCommand], next: MonotonicTime?)? {
        state.withLock { state in
            guard state.generation == generation, state.link == nil, state.awaitsReturn else { return nil }
            let overdue = state.parked.filter { $0.deadline <= now }
            state.parked.removeAll { $0.deadline <= now }
            return (overdue, state.parked.lazy.map(\.deadline).min())
        }
    }

    /// The presence of now, for `sysmsg`.
    package func presence(at time: UnixTime) -> PresenceChange {
        state.withLock { presence(of: $0, at: time) }
    }

    func presence(of state: State, at time: UnixTime) -> PresenceChange {
        PresenceChange(of: self, isOnline: state.isOnline, time: time)
    }

    /// What `remove` took out.
    struct Removal {
        let link: (any DeviceLink)?
        /// Commands that waited.
        let lost: [DeviceCommand]
        let shares: [Share]
    }

    /// Marks the device as removed and returns what hung on it.
    func remove() -> Removal {
        state.withLock { state in
            defer {
                state.isRemoved = true
                state.isOnline = false
                state.awaitsReturn = false
                state.link = nil
                state.parked = []
                state.shares = []
            }
            return Removal(link: state.link, lost: state.parked, shares: state.shares)
        }
    }
}

extension Device {
    /// Whether changes of its state are kept: `opsHistory` of its settings.
    ///
    /// Source: `coolkit-v1-http.md` §1.6.
    var keepsHistory: Bool { settings[.opsHistory] }

    /// Whether commands carry all outlets: as set, else for a romVersion below 3.
    ///
    /// Source: `coolkit-device-side.md` §6.
    var wantsAllSwitches: Bool {
        if let isSet = options.fullSwitchesArray { return isSet }
        guard let major = facts.romVersion.split(separator: ".").first.flatMap({ Int($0) }) else { return false }
        return major < 3
    }
}
