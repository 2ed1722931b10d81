package import CoolkitWire
package import NIOCore

/// The one way to a device: checks the right, finds the link, hands the command over.
///
/// App sessions, REST, gateways and the CLI all enter here, so they share one set of errors.
package struct DeviceCommands: Sendable {
    private let registry: DeviceRegistry
    private let settings: ProtocolSettings
    private let clock: MonotonicClock

    package init(registry: DeviceRegistry, settings: ProtocolSettings, clock: MonotonicClock) {
        self.registry = registry
        self.settings = settings
        self.clock = clock
    }

    /// Whom a command is sent for.
    package enum Sender: Sendable {
        /// An account: owner or receiver of the device, or refused as if the device did not exist.
        case account(AccountID)
        /// The operator of the server: any device.
        case operatorOfServer
    }

    /// Hands the command to the device; `origin` hears how it ended.
    ///
    /// - Parameters:
    ///   - params: raw JSON, an object or an array of objects, checked by the caller.
    ///   - claim: the apikey of the message.
    /// - Throws: `forbidden` for an unknown and a foreign device alike, for another's apikey, for a receiver's change of
    ///   timers beyond his permit (`coolkit-websocket.md` §6.1 steps 3 and 4), and for a receiver's upgrade (§6.4).
    package func send(
        _ params: ByteBuffer,
        as kind: DeviceCommand.Kind = .update,
        sequence: SequenceText?,
        to id: DeviceID,
        from sender: Sender,
        under claim: APIKeyClaim = .notAsked,
        origin: any CommandOrigin
    ) throws(SwitchyardError) {
        guard let device = registry.device(id), let access = sender.access(to: device),
            access.admits(claim, of: device, isStrict: settings.strictSharedApikey),
            kind == .update ? device.permits(params, to: access) : access.isOwner
        else { throw SwitchyardError(.forbidden, "Forbidden") }
        let now = clock.now
        device.dispatch(
            DeviceCommand(
                kind: kind,
                device: device,
                params: params,
                sequence: sequence,
                actingAPIKey: access.partnerAPIKey,
                isByOperator: sender.isOperator,
                origin: origin,
                issuedAt: now,
                deadline: now.advanced(by: kind == .update ? settings.commandTimeout : settings.upgradeTimeout)
            )
        )
    }

    /// Sends the command and waits until the device has acked it.
    ///
    /// - Throws: `forbidden`, `deviceOffline`, `deviceTimeout`, `deviceRefused`, `busy`.
    package func send(
        _ params: ByteBuffer,
        to id: DeviceID,
        from sender: Sender
    ) async throws(SwitchyardError) -> DeviceAck {
        let awaited = AwaitedCommand()
        try send(params, sequence: nil, to: id, from: sender, origin: awaited)
        let outcome = await awaited.outcome()
        guard case .acknowledged(let ack) = outcome else {
            throw outcome.error ?? SwitchyardError(.internalFault, "a command ended without an outcome")
        }
        return ack
    }
}

extension DeviceCommands.Sender {
    fileprivate var isOperator: Bool {
        if case .operatorOfServer = self { true } else { false }
    }

    /// Why this sender may control the device now; nil when it may not.
    func access(to device: LiveDevice) -> DeviceAccess? {
        switch self {
        case .account(let account): device.access(of: account)
        case .operatorOfServer: .owner
        }
    }
}
