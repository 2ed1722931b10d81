import CoolkitWire
import SwitchyardCore
import Synchronization

/// All sockets after their handshake, by number: for `session list` and `session close`.
final class LiveSessions: Sendable {
    private enum Holder {
        case app(AppSessionHandle)
        case device(DeviceLinkHandle)
    }

    private let table = Mutex<[UInt64: (SessionDescription, Holder)]>([:])

    func insert(_ session: AppSessionHandle, _ description: SessionDescription) {
        table.withLock { $0[session.number] = (description, .app(session)) }
    }

    func insert(_ link: DeviceLinkHandle, _ description: SessionDescription) {
        table.withLock { $0[link.number] = (description, .device(link)) }
    }

    func remove(_ number: UInt64) {
        table.withLock { $0[number] = nil }
    }

    func descriptions() -> [SessionDescription] {
        table.withLock { $0.values.map(\.0) }.sorted { $0.number < $1.number }
    }

    /// Closes a session.
    ///
    /// False when there is none of this number.
    func close(_ number: UInt64) -> Bool {
        switch table.withLock({ $0[number]?.1 }) {
        case .app(let session): session.close(code: 1_008, reason: "closed by the operator")
        case .device(let link): link.close(.byOperator)
        case nil: return false
        }
        return true
    }
}

/// The hub's sessions as the rest of the server asks for them.
struct HubSessionDirectory: SessionDirectory {
    let live: LiveSessions
    let apps: AppSessions

    func sessions() -> [SessionDescription] { live.descriptions() }
    func isOnline(_ account: AccountID) -> Bool { apps.isOnline(account) }
    func openSockets(of account: AccountID) -> [ObjectID: Int] { apps.count(of: account) }
    func close(session number: UInt64) -> Bool { live.close(number) }
}
