package import CoolkitWire
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Where apps' share commands are worked on, one after another and the accounts in turn: they need the store, and no event loop waits
/// for that.
///
/// Apps hand in orders and decisions from their loops; what becomes of an order is told once by its closure. Waiting for a
/// receiver holds up nobody: it is an entry of `ShareRequests`. Source: `coolkit-websocket.md` §10.
package final class ShareDesk: Service {
    private enum Job: Sendable {
        /// Find the receiver of a request and ask him.
        case ask(Int64)
        /// A receiver agreed: store the share, then tell the owner.
        case accept(ShareRequests.Request, ShareParty)
        /// `updateShare`, `cancelShare`.
        case change(ShareOrder, @Sendable (ShareOutcome) -> Void)
    }

    /// After a receiver did not decide in time, how long he is not asked again about the same device.
    ///
    /// Source: `coolkit-websocket.md` §10.1.
    package static let cooldown = Duration.seconds(180)
    let service: ShareService
    private let sessions: any SessionDirectory
    private let requests: ShareRequests
    private let undecided: AttemptLimiter
    let clock: MonotonicClock
    let logger: Logger
    private let lastNumber = Atomic<Int64>(0)
    let rates: ShareRates
    private let queue = ShareQueue<Job>()

    /// - Parameter sessions: who is online.
    package init(_ service: ShareService, sessions: any SessionDirectory, clock: MonotonicClock, logger: Logger) {
        self.service = service
        self.sessions = sessions
        self.clock = clock
        self.logger = logger
        requests = ShareRequests(limitPerAccount: service.settings.maximumPendingSharesPerAccount)
        undecided = AttemptLimiter(limit: 1, per: Self.cooldown, clock: clock)
        rates = ShareRates(clock: clock)
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in queue.arrivals { await workOnWaiting() }
        } onGracefulShutdown: {
            self.queue.finish()
        }
        queue.finish()
        await workOnWaiting()
    }

    // MARK: What owners' apps hand in

    /// A number for an order: the time in milliseconds, never the same twice.
    package func makeNumber() -> Int64 {
        let now = service.clock.now.milliseconds
        var previous = lastNumber.load(ordering: .relaxed)
        while true {
            let next = max(now, previous + 1)
            let (isMine, current) = lastNumber.weakCompareExchange(
                expected: previous,
                desired: next,
                ordering: .relaxed
            )
            if isMine { return next }
            previous = current
        }
    }

    /// Takes an order; `answer` hears once what became of it, on any thread.
    ///
    /// `forbidden` for all who do not own the device, be it shared with them, foreign or unknown; but a receiver's
    /// `updateShare` has a result of its own.
    package func submit(_ order: ShareOrder, answer: @escaping @Sendable (ShareOutcome) -> Void) {
        guard let device = service.registry.device(order.device), let access = device.access(of: order.actor) else {
            return answer(.failed(SwitchyardError(.forbidden, "Forbidden")))
        }
        guard access.isOwner else {
            let isUpdate = order.kind == .updateShare
            return answer(isUpdate ? .result(.notTheSharer) : .failed(SwitchyardError(.forbidden, "Forbidden")))
        }
        switch order.kind {
        case .share:
            guard requests.enter(order, answer: answer) else { return answer(.failed(Self.busy)) }
            if !queue.add(.ask(order.number), of: order.actor) { end(order.number, .failed(Self.busy)) }
        case .updateShare:
            if !queue.add(.change(order, answer), of: order.actor) { answer(.failed(Self.busy)) }
        case .cancelShare:
            cancelWaiting(for: order)
            if !queue.add(.change(order, answer), of: order.actor, endsAccess: true) { answer(.failed(Self.busy)) }
        }
    }

    /// Ends the requests for the same device and receiver, before anything else can decide about them: what was agreed
    /// before this is in the queue before the cancelling.
    ///
    /// A receiver who was asked hears that there is nothing left to decide.
    private func cancelWaiting(for order: ShareOrder) {
        let identifier = AccountIdentifier(order.uid)
        let waiting = requests.remove { request in
            request.order.device == order.device && AccountIdentifier(request.order.uid) == identifier
        }
        for request in waiting {
            if let receiver = request.receiver, let device = service.registry.device(order.device) {
                announce(order, to: receiver.id, device.ownership.apiKey)
            }
            request.answer(.failed(Self.notDecided))
        }
    }

    /// The time for a decision is over.
    package func expire(_ number: Int64) {
        guard let request = requests.remove(number) else { return }
        if let receiver = request.receiver {
            undecided.countFailure(of: Self.key(request.order.device, receiver.id))
        }
        request.answer(.failed(Self.notDecided))
    }

    /// The session that handed these in is gone: nobody is told.
    package func withdraw(_ numbers: some Sequence<Int64>) {
        for number in numbers { _ = requests.remove(number) }
    }

    /// How many requests wait.
    package var pendingRequests: Int { requests.count }

    // MARK: What receivers' apps hand in

    /// A receiver's app decided; the first answer counts, and one to anything else is ignored.
    package func decide(_ sequence: SequenceText, accepts: Bool, by account: AccountID, about device: DeviceID?) {
        guard let number = Int64(sequence.contents),
            let request = requests.remove(number, decidedBy: account, device: device)
        else { return }
        guard accepts, let receiver = request.receiver else { return request.answer(.result(.refused)) }
        if !queue.add(.accept(request, receiver), of: request.order.actor) { request.answer(.failed(Self.busy)) }
    }

    // MARK: What happens elsewhere

    /// Takes an event of the bus, on any thread: requests end with their device and with their receiver.
    package func receive(_ event: ServerEvent) {
        switch event {
        case .deviceRemoved(let id, _):
            for request in requests.remove(where: { $0.order.device == id }) {
                request.answer(.failed(SwitchyardError(.forbidden, "Forbidden")))
            }
        case .accountRemoved(let id):
            for request in requests.remove(where: { $0.receiver?.id == id }) {
                request.answer(.result(.userNotFound))
            }
        default:
            break
        }
    }

    private func end(_ number: Int64, _ outcome: ShareOutcome) {
        requests.remove(number)?.answer(outcome)
    }

    private static func key(_ device: DeviceID, _ receiver: AccountID) -> String { "\(device) \(receiver)" }
    private static var busy: SwitchyardError { SwitchyardError(.busy, "too many share requests") }
    private static var notDecided: SwitchyardError { SwitchyardError(.deviceTimeout, "Request Timeout") }
}

// MARK: - Working on jobs

extension ShareDesk {
    private func workOnWaiting() async {
        while let job = queue.take() { await work(on: job) }
    }

    private func work(on job: Job) async {
        switch job {
        case .ask(let number): await ask(number)
        case .accept(let request, let receiver): await accept(request, from: receiver)
        case .change(let order, let answer): await change(order, answer)
        }
    }

    // MARK: share

    private func ask(_ number: Int64) async {
        guard let request = requests.request(number) else { return }
        do throws(SwitchyardError) {
            if let result = try await ask(request.order) { end(number, .result(result)) }
        } catch {
            logFailure(error)
            end(number, .failed(error))
        }
    }

    /// Asks the receiver; a result when there is nothing to ask.
    private func ask(_ order: ShareOrder) async throws(SwitchyardError) -> ShareResult? {
        let owner = try await service.account(order.actor)
        try rates.checkQuestion(of: owner.id)
        guard let receiver = try await service.receiver(order.uid, in: owner.region) else {
            rates.askedInVain(owner.id)
            return .userNotFound
        }
        guard let device = service.registry.device(order.device), device.isOwned(by: owner.id) else {
            throw SwitchyardError(.forbidden, "Forbidden")
        }
        guard receiver.id != owner.id else {
            throw SwitchyardError(.invalidInput, "a device cannot be shared with its owner")
        }
        if device.isShared(with: receiver.id) { return .alreadyShared }
        try ask(ShareParty(receiver), order, ownerAPIKey: owner.apiKey)
        return nil
    }

    private func ask(_ receiver: ShareParty, _ order: ShareOrder, ownerAPIKey: APIKey) throws(SwitchyardError) {
        guard !undecided.isBlocked(Self.key(order.device, receiver.id)), clock.now < order.deadline else {
            throw Self.notDecided
        }
        if service.settings.fastShareFail, !sessions.isOnline(receiver.id) { throw Self.notDecided }
        switch requests.address(order.number, to: receiver) {
        case .busy: throw Self.busy
        case .gone: return
        case .addressed:
            service.bus.publish(.shareAnnounced(ShareNotice(order, to: receiver.id, ownerAPIKey: ownerAPIKey)))
        }
    }

    /// Stores the share, and then tells the owner.
    private func accept(_ request: ShareRequests.Request, from receiver: ShareParty) async {
        do throws(SwitchyardError) {
            try await store(request.order, receiver)
            request.answer(.result(.done))
        } catch {
            request.answer(Self.outcome(of: error))
            logFailure(error)
        }
    }

    private func store(_ order: ShareOrder, _ receiver: ShareParty) async throws(SwitchyardError) {
        let owner = ShareParty(try await service.account(order.actor))
        let share = Share(
            device: order.device,
            owner: owner,
            receiver: receiver,
            terms: ShareTerms().changed(by: order.change),
            sharedAt: order.sharedAt ?? service.clock.now
        )
        _ = try await service.add(share)
    }

    /// What became of an agreed share that could not be stored.
    private static func outcome(of error: SwitchyardError) -> ShareOutcome {
        switch error.code {
        case .alreadyExists: .result(.alreadyShared)
        case .accountNotFound: .result(.userNotFound)
        case .deviceNotFound: .failed(SwitchyardError(.forbidden, "Forbidden"))
        default: .failed(error)
        }
    }

    // MARK: updateShare, cancelShare

    private func change(_ order: ShareOrder, _ answer: @Sendable (ShareOutcome) -> Void) async {
        do throws(SwitchyardError) {
            answer(.result(try await change(order)))
        } catch {
            answer(Self.outcome(of: error))
            logFailure(error)
        }
    }

    private func change(_ order: ShareOrder) async throws(SwitchyardError) -> ShareResult {
        guard let device = service.registry.device(order.device), device.isOwned(by: order.actor) else {
            throw SwitchyardError(.forbidden, "Forbidden")
        }
        let identifier = AccountIdentifier(order.uid)
        let share = device.shares.first { $0.receiver.identifier == identifier }
        if order.kind == .cancelShare { return try await cancel(order, share) }
        guard let share else { return try await resultWithoutShare(order) }
        try await service.change(order.device, with: share.receiver.id, order.change)
        announce(order, to: share.receiver.id, share.owner.apiKey)
        return .done
    }

    /// Not shared with that user: he does not exist, or the change failed.
    ///
    /// Whoever is asked after hears nothing of it, so each of these counts.
    private func resultWithoutShare(_ order: ShareOrder) async throws(SwitchyardError) -> ShareResult {
        try rates.checkQuestion(of: order.actor)
        rates.askedInVain(order.actor)
        let owner = try await service.account(order.actor)
        return try await service.receiver(order.uid, in: owner.region) == nil ? .userNotFound : .refused
    }

    /// Always a success, also where nothing was shared.
    private func cancel(_ order: ShareOrder, _ share: Share?) async throws(SwitchyardError) -> ShareResult {
        if let share, try await service.remove(order.device, with: share.receiver.id) != nil {
            announce(order, to: share.receiver.id, share.owner.apiKey)
        }
        return .done
    }

    private func announce(_ order: ShareOrder, to receiver: AccountID, _ ownerAPIKey: APIKey) {
        service.bus.publish(.shareAnnounced(ShareNotice(order, to: receiver, ownerAPIKey: ownerAPIKey)))
    }

    /// An operator hears of what only they can mend.
    private func logFailure(_ error: SwitchyardError) {
        guard error.code.wireCode == .internalError else { return }
        logger.error("A share could not be stored", metadata: ["error": "\(error)"])
    }
}
