import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// An owner's share commands on their way to the core, and their answers on the way back.
extension AppConnection {
    func share(_ request: ShareRequest, sequence: SequenceText?) {
        guard let handle else { return }
        session.commandStarted()
        let number = hub.shares.makeNumber()
        let deadline = hub.clock.now.advanced(by: hub.settings.shareTimeout)
        let order = ShareOrder(
            request.kind,
            number: number,
            device: request.device,
            actor: session.grant.accountID,
            uid: request.params.uid,
            change: request.params.change,
            sharedAt: request.params.sharedAt,
            params: request.rawParams,
            deadline: deadline
        )
        if order.kind == .share { shareDeadlines[number] = deadline }
        hub.shares.submit(order) { outcome in
            handle.shareFinished(number, deviceID: request.device, sequence: sequence, outcome)
        }
        socket?.armTimer()
    }

    /// On the loop.
    func shareFinished(_ number: Int64, deviceID: DeviceID, sequence: SequenceText?, _ outcome: ShareOutcome) {
        shareDeadlines[number] = nil
        session.commandEnded()
        guard let connection, connection.isOpen else { return }
        switch outcome {
        case .result(let result):
            connection.send(
                text: AppFrames.shareResult(
                    result.rawValue,
                    deviceID: deviceID,
                    ownerAPIKey: session.grant.apiKey,
                    sequence: sequence
                )
            )
        case .failed(let error):
            connection.send(
                text: AppFrames.failure(
                    code: error.wireNumber,
                    reason: error.code.wireCode.reason,
                    deviceID: deviceID,
                    apiKey: session.grant.apiKey.rawValue,
                    sequence: sequence
                )
            )
        }
    }

    /// Ends the requests of this session whose receivers did not decide in time.
    func expireShares(at now: MonotonicTime) {
        for (number, deadline) in shareDeadlines where deadline <= now {
            // Its answer may already be on the way; then nothing is left to expire.
            shareDeadlines[number] = nil
            hub.shares.expire(number)
        }
    }

    /// The session is over: nobody is there to hear of its requests.
    func withdrawShares() {
        hub.shares.withdraw(shareDeadlines.keys)
        shareDeadlines = [:]
    }
}
