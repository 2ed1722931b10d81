import CoolkitWire
import NIOCore
import SwitchyardCore
import Synchronization

/// An app's session as other threads hold it: hops to the session's event loop, or acts at once when already there.
final class AppSessionHandle: CommandOrigin {
    let number: UInt64
    let eventLoop: any EventLoop
    let accountID: AccountID
    /// The log-in that the session's token came out of; refreshes leave it as it is.
    let login: ObjectID
    private let connection: NIOLoopBound<AppConnection>

    init(_ connection: AppConnection, eventLoop: any EventLoop, grant: AccessGrant) {
        number = SessionNumber.next()
        self.eventLoop = eventLoop
        accountID = grant.accountID
        login = grant.login
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
    }

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        onLoop { $0.finished(command, outcome) }
    }

    func shareFinished(_ number: Int64, deviceID: DeviceID, sequence: SequenceText?, _ outcome: ShareOutcome) {
        onLoop { $0.shareFinished(number, deviceID: deviceID, sequence: sequence, outcome) }
    }

    func revoke() { onLoop { $0.revoke() } }

    func replaceToken(_ hash: TokenHash, expiresAt: UnixTime) {
        onLoop { $0.replaceToken(hash, expiresAt: expiresAt, of: self) }
    }

    func close(code: UInt16, reason: String) { onLoop { $0.close(code: code, reason: reason) } }

    /// Sends a prepared frame.
    ///
    /// On the session's loop.
    func push(_ frame: ByteBuffer) { connection.value.push(frame) }

    /// Sends a prepared frame that another account is the cause of: it is left out where the session lags behind.
    ///
    /// On the session's loop.
    func push(dispensable frame: ByteBuffer) { connection.value.push(dispensable: frame) }

    private func onLoop(_ body: @escaping @Sendable (AppConnection) -> Void) {
        if eventLoop.inEventLoop {
            body(connection.value)
        } else {
            eventLoop.execute { [connection] in body(connection.value) }
        }
    }
}

/// Numbers for sessions, unique while the process runs.
enum SessionNumber {
    private static let counter = Atomic<UInt64>(0)

    static func next() -> UInt64 { counter.add(1, ordering: .relaxed).newValue }
}
