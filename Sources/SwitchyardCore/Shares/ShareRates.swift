import CoolkitWire

/// How often an account may ask after other accounts, and give them devices that they have not asked for.
///
/// Over HTTP a share needs no consent (`coolkit-v2-http.md` §4.2), so that knowing an address is enough. What is bounded here keeps
/// room for those that a receiver has agreed to.
struct ShareRates: Sendable {
    /// Questions that tell whether an account exists; as many as log-ins of one address that fail.
    static let questions = AttemptRate(burst: 30, perHour: 120)
    /// New shares without consent of one owner.
    static let given = AttemptRate(limit: 200, per: .seconds(3_600))
    /// New shares without consent that one account gets from strangers.
    static let received = AttemptRate(limit: 100, per: .seconds(3_600))

    /// Whose share the receiver has let be for so long is no stranger.
    static let acquaintance = Duration.days(1)

    private let askers: AttemptLimiter
    private let givers: AttemptLimiter
    private let receivers: AttemptLimiter

    init(clock: MonotonicClock) {
        askers = AttemptLimiter(Self.questions, clock: clock)
        givers = AttemptLimiter(Self.given, clock: clock)
        receivers = AttemptLimiter(Self.received, clock: clock)
    }

    // MARK: Whether an account exists

    /// Throws `busy` when the account has asked too often in vain.
    func checkQuestion(of asker: AccountID) throws(SwitchyardError) {
        if askers.isBlocked(asker.description) { throw Self.busy }
    }

    func askedInVain(_ asker: AccountID) { askers.countFailure(of: asker.description) }

    // MARK: Shares without consent

    /// Counts a new one; throws `busy` when there are too many.
    func give(to receiver: AccountID, by owner: AccountID, isStranger: Bool) throws(SwitchyardError) {
        guard givers.admit(owner.description) else { throw Self.busy }
        guard !isStranger || receivers.admit(receiver.description) else {
            givers.forgive(owner.description)
            throw Self.busy
        }
    }

    /// One that was counted has not come about, and the call may be repeated.
    func takeBack(from receiver: AccountID, by owner: AccountID, isStranger: Bool) {
        givers.forgive(owner.description)
        if isStranger { receivers.forgive(receiver.description) }
    }

    private static var busy: SwitchyardError {
        SwitchyardError(.busy, "too many share requests, try again in a few minutes")
    }
}
