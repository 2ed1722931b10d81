import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardTransport
import Synchronization

/// Which apps are connected: by account for the fan-out, by token for revocation.
///
/// Locks are held for look-ups alone.
final class AppSessions: Sendable {
    private final class Shard: Sendable {
        let byAccount = Mutex<[AccountID: [AppSessionHandle]]>([:])
    }

    /// Which sessions hold a token, and the other way round: a session moves with its token's refreshes.
    private struct TokenIndex {
        var sessions: [TokenHash: [AppSessionHandle]] = [:]
        var tokens: [ObjectIdentifier: TokenHash] = [:]
    }

    private static let shardCount = 16
    private let shards: [Shard]
    private let byToken = Mutex(TokenIndex())
    /// Sessions an account may have.
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private func shard(of account: AccountID) -> Shard {
        shards[Int(UInt(bitPattern: account.hashValue) % UInt(Self.shardCount))]
    }

    // MARK: Coming and going

    /// Enters a session.
    ///
    /// When the account has more than it may have, its oldest one is taken out of the fan-out and returned: the caller closes it.
    func insert(_ session: AppSessionHandle, tokenHash: TokenHash) -> AppSessionHandle? {
        byToken.withLock { index in
            index.sessions[tokenHash, default: []].append(session)
            index.tokens[ObjectIdentifier(session)] = tokenHash
        }
        return shard(of: session.accountID).byAccount.withLock { index in
            index[session.accountID, default: []].append(session)
            guard let count = index[session.accountID]?.count, count > limit else { return nil }
            return index[session.accountID]?.removeFirst()
        }
    }

    /// Takes a session out, whatever token it holds by now.
    func remove(_ session: AppSessionHandle) {
        byToken.withLock { index in
            guard let token = index.tokens.removeValue(forKey: ObjectIdentifier(session)) else { return }
            Self.remove(session, from: &index.sessions, key: token)
        }
        shard(of: session.accountID).byAccount.withLock { Self.remove(session, from: &$0, key: session.accountID) }
    }

    private static func remove<Key>(_ session: AppSessionHandle, from index: inout [Key: [AppSessionHandle]], key: Key)
    {
        index[key]?.removeAll { $0 === session }
        if index[key]?.isEmpty == true { index[key] = nil }
    }

    /// Whether no session is in any index.
    var isEmpty: Bool {
        byToken.withLock { $0.sessions.isEmpty && $0.tokens.isEmpty }
            && shards.allSatisfy { $0.byAccount.withLock(\.isEmpty) }
    }

    func isOnline(_ account: AccountID) -> Bool { !sessions(of: account).isEmpty }

    /// How many sessions the account has, by their log-in.
    func count(of account: AccountID) -> [ObjectID: Int] {
        sessions(of: account).reduce(into: [:]) { $0[$1.login, default: 0] += 1 }
    }

    private func sessions(of account: AccountID, except: ObjectIdentifier? = nil) -> [AppSessionHandle] {
        let all = shard(of: account).byAccount.withLock { $0[account] ?? [] }
        // The usual case: nobody but the sender is there, and nothing is copied.
        if let only = all.first, all.count == 1 { return ObjectIdentifier(only) == except ? [] : all }
        return except == nil ? all : all.filter { ObjectIdentifier($0) != except }
    }

    // MARK: Events

    /// Takes an event of the bus, on any thread.
    func receive(_ event: ServerEvent) {
        switch event {
        case .stateChanged(let change): fanOut(change)
        case .presenceChanged(let change):
            fanOut(change.live) {
                AppFrames.presence(
                    deviceID: change.device,
                    ownerAPIKey: change.ownerAPIKey,
                    isOnline: change.isOnline
                )
            }
        case .subDevicesReported(let listing): fanOut(listing)
        case .shareAnnounced(let notice): announce(notice)
        case .tokensRevoked(let hashes): revoke(hashes)
        case .tokenReplaced(let old, let new, let expiresAt): move(from: old, to: new, expiresAt: expiresAt)
        case .deviceAdded, .deviceRemoved, .shareChanged, .accountRemoved, .upgrade: break
        }
    }

    private func fanOut(_ change: StateChange) {
        switch change.source {
        case .device(let deviceSequence, let seq):
            fanOut(change.live) {
                AppFrames.deviceReport(
                    deviceID: change.device,
                    ownerAPIKey: change.ownerAPIKey,
                    deviceSequence: deviceSequence,
                    params: change.params,
                    seq: seq
                )
            }
        case .command(let sequence, let actingAPIKey, let session):
            fanOut(change.live, except: session) {
                AppFrames.appChange(
                    deviceID: change.device,
                    ownerAPIKey: change.ownerAPIKey,
                    sequence: sequence,
                    params: change.params,
                    partnerAPIKey: actingAPIKey
                )
            }
        }
    }

    private func fanOut(_ listing: SubDeviceListing) {
        fanOut(listing.live) {
            AppFrames.subDeviceReport(
                deviceID: listing.gateway,
                ownerAPIKey: listing.ownerAPIKey,
                deviceSequence: listing.deviceSequence,
                params: listing.params
            )
        }
    }

    private func announce(_ notice: ShareNotice) {
        push(to: sessions(of: notice.receiver), isDispensable: true) {
            AppFrames.shareNotice(
                notice.kind.wireAction,
                deviceID: notice.device,
                ownerAPIKey: notice.ownerAPIKey,
                sequence: SequenceText(notice.number),
                params: notice.params
            )
        }
    }

    /// Writes one frame to all sessions of owner and receivers but one.
    private func fanOut(
        _ device: LiveDevice,
        except: ObjectIdentifier? = nil,
        _ makePayload: () -> ByteBuffer
    ) {
        let receivers = device.receivers
        let owners = sessions(of: device.ownership.owner, except: except)
        // The usual case: nobody shares it.
        guard !receivers.isEmpty else { return push(to: owners, makePayload) }
        push(to: owners + receivers.flatMap { sessions(of: $0, except: except) }, of: device, makePayload)
    }

    /// Writes one frame to all these sessions: made once, one hop to each event loop.
    ///
    /// Nobody is closed for reading more slowly than others make him read: what comes from a device of another account, or tells
    /// of a share, is left out where a session lags behind.
    ///
    /// - Parameter device: a shared one; its shares are looked at once more where the frame is delivered, so that nothing
    ///   comes behind the message that a share has ended.
    private func push(
        to receivers: [AppSessionHandle],
        of device: LiveDevice? = nil,
        isDispensable: Bool = false,
        _ makePayload: () -> ByteBuffer
    ) {
        guard !receivers.isEmpty else { return }
        var frame = makePayload()
        WebSocketFrame.seal(&frame)
        let prepared = frame
        for (loop, sessions) in Self.byLoop(receivers) {
            loop.execute {
                for session in sessions { Self.push(prepared, to: session, of: device, isDispensable: isDispensable) }
            }
        }
    }

    private static func push(
        _ frame: ByteBuffer,
        to session: AppSessionHandle,
        of device: LiveDevice?,
        isDispensable: Bool
    ) {
        guard let device, session.accountID != device.ownership.owner else {
            return isDispensable ? session.push(dispensable: frame) : session.push(frame)
        }
        if device.isShared(with: session.accountID) { session.push(dispensable: frame) }
    }

    private static func byLoop(_ sessions: [AppSessionHandle]) -> [(any EventLoop, [AppSessionHandle])] {
        var groups: [(any EventLoop, [AppSessionHandle])] = []
        for session in sessions {
            if let index = groups.firstIndex(where: { $0.0 === session.eventLoop }) {
                groups[index].1.append(session)
            } else {
                groups.append((session.eventLoop, [session]))
            }
        }
        return groups
    }

    // MARK: Tokens

    private func revoke(_ hashes: [TokenHash]) {
        let sessions = byToken.withLock { index in hashes.flatMap { index.sessions[$0] ?? [] } }
        for session in sessions { session.revoke() }
    }

    private func move(from old: [TokenHash], to new: TokenHash, expiresAt: UnixTime) {
        let sessions = byToken.withLock { index in
            let sessions = old.flatMap { index.sessions.removeValue(forKey: $0) ?? [] }
            if !sessions.isEmpty { index.sessions[new, default: []] += sessions }
            for session in sessions { index.tokens[ObjectIdentifier(session)] = new }
            return sessions
        }
        for session in sessions { session.replaceToken(new, expiresAt: expiresAt) }
    }
}

extension ShareOrder.Kind {
    fileprivate var wireAction: AppFrames.ShareAction {
        switch self {
        case .share: .share
        case .updateShare: .updateShare
        case .cancelShare: .cancelShare
        }
    }
}
