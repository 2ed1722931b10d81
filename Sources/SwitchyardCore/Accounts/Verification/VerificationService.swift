import CoolkitWire
package import Logging
import Synchronization

/// Somebody asks for a verification code.
package struct CodeRequest: Sendable {
    package let purpose: CodePurpose
    package let destination: AccountIdentifier
    /// Numeric address of the peer.
    package let address: String
    /// What the request asks for; nil: the account's language.
    package let language: Language?

    package init(purpose: CodePurpose, destination: AccountIdentifier, address: String, language: Language? = nil) {
        self.purpose = purpose
        self.destination = destination
        self.address = address
        self.language = language
    }
}

/// Makes verification codes and has them sent.
///
/// Codes, attempts and what counts against the limits are in the store before a message leaves, so that a crash forgets none
/// of them. A code is redeemed in the transaction of what it was asked for (`AccountService+Verified.swift`).
/// Source: `coolkit-v1-http.md` §2.2.
package struct VerificationService: Sendable {
    package let outbox: Outbox
    private let store: any Store
    /// For e-mail addresses; nil without a mail server.
    private let mail: (any CodeDelivery)?
    private let accounts: AccountService
    private let limits: VerificationLimits
    private let settings: ProtocolSettings
    private let clock: WallClock
    private let warning: CapWarning

    package init(
        store: any Store,
        mail: (any CodeDelivery)?,
        accounts: AccountService,
        limits: VerificationLimits,
        settings: ProtocolSettings,
        clock: WallClock,
        logger: Logger
    ) {
        self.store = store
        self.mail = mail
        self.accounts = accounts
        self.limits = limits
        self.settings = settings
        self.clock = clock
        outbox = Outbox(store: store, clock: clock)
        warning = CapWarning(logger: logger)
    }

    /// Sends a new code; an older one for the same purpose is worth nothing from then on.
    ///
    /// When sending fails the code stays: a mail server that was not heard any more may have taken the message.
    ///
    /// - Throws: `invalidInput` (an address that cannot be written to, or one of the kind that accounts of this region do not
    ///   have), `alreadyExists`, `addresseeUnknown`, `otherRegion`, `codeAskedTooOften`, `sendingFailed`, `storageFailed`.
    package func sendCode(_ request: CodeRequest) async throws(SwitchyardError) {
        guard request.destination.canBeWrittenTo else {
            throw SwitchyardError(.invalidInput, "params is error: no message can be sent to this address")
        }
        let account = try await account(for: request)
        let text = RandomText.digits(length: VerificationCode.length)
        let code = VerificationCode(text, for: request.destination, purpose: request.purpose, at: clock.now)
        let network = PeerNetwork(of: request.address)
        let entry = try await store.enterCode(code, from: network, within: limits)
        if entry == .tooManyInAll { warning.reached(limits.inAllPerDay, at: clock.now, lastFrom: network) }
        guard entry == .entered else { throw SwitchyardError(.codeAskedTooOften, "send too fast") }
        let message = VerificationMessage(
            destination: request.destination,
            purpose: request.purpose,
            code: text,
            language: request.language ?? account?.language ?? .usual(in: settings.region)
        )
        try await delivery(to: request.destination).deliver(message)
    }

    /// The account of the address, as far as the purpose asks for one.
    private func account(for request: CodeRequest) async throws(SwitchyardError) -> Account? {
        let account = try await store.account(identifiedBy: request.destination)?.account
        switch request.purpose {
        case .register:
            guard account == nil else { throw SwitchyardError(.alreadyExists, "user is already registered") }
            try settings.regionIdentifiers.check(request.destination, in: settings.region)
        case .resetPassword, .deleteAccount:
            guard let account else { throw SwitchyardError(.addresseeUnknown, "user is not exit") }
            try accounts.checkRegion(of: account)
        case .weChat:
            if let account { try accounts.checkRegion(of: account) }
        }
        return account
    }

    /// A phone number always goes to the operator: there is no gateway for text messages.
    private func delivery(to destination: AccountIdentifier) -> any CodeDelivery {
        switch destination {
        case .email: mail ?? outbox
        case .phone: outbox
        }
    }

    /// Drops codes and messages whose time is over: hourly.
    package func removeExpired() async throws(SwitchyardError) {
        try await store.removeCodes(before: clock.now.advanced(by: .zero - .days(1)))
        try await outbox.removeOld()
    }
}

/// Tells the operator, once an hour, that nobody gets a code any more: registration and reset are shut for all.
private final class CapWarning: Sendable {
    private let logger: Logger
    private let next = Mutex(UnixTime(milliseconds: .min))

    init(logger: Logger) { self.logger = logger }

    func reached(_ limit: Int, at now: UnixTime, lastFrom network: PeerNetwork) {
        let isDue = next.withLock { next in
            guard next <= now else { return false }
            next = now.advanced(by: .seconds(3_600))
            return true
        }
        guard isDue else { return }
        logger.warning(
            "Nobody gets a verification code: as many were sent within a day as may be (limits.codesPerDay)",
            metadata: ["limit": "\(limit)", "address": "\(network)"]
        )
    }
}

extension AccountIdentifier {
    /// Whether a message can be addressed to it: nothing in it has a meaning of its own in the header of an e-mail.
    package var canBeWrittenTo: Bool {
        guard case .email(let text) = self else { return true }
        return !text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator, .format: true
            default: "<>()[]\\,;:\"".unicodeScalars.contains(scalar)
            }
        }
    }
}
