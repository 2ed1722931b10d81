package import CoolkitWire

/// A message that waits for the operator to pass it on by hand.
package struct OutboxMessage: Hashable, Sendable {
    /// An e-mail address or a phone number.
    package let destination: String
    package let purpose: CodePurpose
    package let code: String
    /// What would have been sent.
    package let text: String
    package let createdAt: UnixTime

    package init(destination: String, purpose: CodePurpose, code: String, text: String, createdAt: UnixTime) {
        self.destination = destination
        self.purpose = purpose
        self.code = code
        self.text = text
        self.createdAt = createdAt
    }
}

/// Where messages go that the server has no way to send: e-mail without a mail server, and every text message.
///
/// The operator reads them with `switchyard outbox list`. The oldest go when there are more than `maximumCount`, and all when
/// they are older than `maximumAge`.
package struct Outbox: CodeDelivery {
    package static let maximumCount = 500
    package static let maximumAge = Duration.days(1)

    private let store: any OutboxStore
    private let clock: WallClock

    package init(store: any OutboxStore, clock: WallClock) {
        self.store = store
        self.clock = clock
    }

    package func deliver(_ message: VerificationMessage) async throws(SwitchyardError) {
        let now = clock.now
        let entry = OutboxMessage(
            destination: message.destination.description,
            purpose: message.purpose,
            code: message.code,
            text: message.text,
            createdAt: now
        )
        try await store.addToOutbox(entry, keeping: Self.maximumCount, since: oldest(at: now))
    }

    /// What waits, newest first.
    package func messages() async throws(SwitchyardError) -> [OutboxMessage] {
        try await store.outbox(since: oldest(at: clock.now))
    }

    /// Removes everything that waits.
    package func clear() async throws(SwitchyardError) { try await store.clearOutbox() }

    /// Removes what is too old: hourly.
    func removeOld() async throws(SwitchyardError) { try await store.removeFromOutbox(before: oldest(at: clock.now)) }

    private func oldest(at now: UnixTime) -> UnixTime { now.advanced(by: .zero - Self.maximumAge) }
}
