package import CoolkitWire

/// The history of devices, as accounts and the operator read it.
package struct HistoryService: Sendable {
    /// Entries of one page at the most.
    package static let maximumPage = 100

    private let store: any Store
    private let registry: DeviceRegistry
    private let recorder: HistoryRecorder
    private let settings: HistorySettings
    private let clock: WallClock

    package init(
        store: any Store,
        registry: DeviceRegistry,
        recorder: HistoryRecorder,
        settings: HistorySettings,
        clock: WallClock
    ) {
        self.store = store
        self.registry = registry
        self.recorder = recorder
        self.settings = settings
        self.clock = clock
    }

    /// Entries of a device, newest first.
    package struct Page: Sendable {
        package let records: [HistoryRecord]
        /// The `before` of the next page; nil when this is the last one.
        package let next: Int64?
    }

    /// The history of a device for whoever may see the device: its owner, and receivers of a share.
    ///
    /// Throws `deviceNotFound`, `invalidInput`, `storageFailed`.
    package func page(
        of id: DeviceID,
        _ query: HistoryQuery,
        visibleTo account: AccountID
    ) async throws(SwitchyardError) -> Page {
        guard let device = registry.device(id), device.isVisible(to: account) else { throw Self.noDevice }
        return try await page(of: id, query)
    }

    /// The history of a device, for the operator.
    ///
    /// Throws `deviceNotFound`, `invalidInput`, `storageFailed`.
    package func page(of id: DeviceID, _ query: HistoryQuery) async throws(SwitchyardError) -> Page {
        guard (1...Self.maximumPage).contains(query.limit) else {
            throw SwitchyardError(.invalidInput, "params is error: a page has 1 to \(Self.maximumPage) entries")
        }
        guard registry.device(id) != nil else { throw Self.noDevice }
        await recorder.flush()
        let oldest = clock.now.advanced(by: .zero - settings.maximumAge)
        var extended = query
        extended.from = max(query.from ?? oldest, oldest)
        extended.limit += 1
        let records = try await store.history(of: id, extended)
        let page = Array(records.prefix(query.limit))
        return Page(records: page, next: records.count > page.count ? page.last?.number : nil)
    }

    /// What the accounts are called that a device's history names, as far as the one that asks sees them: the owner, and of
    /// those with whom the device is shared all for the owner, himself for a receiver.
    ///
    /// Throws `deviceNotFound`, `storageFailed`.
    package func people(
        of id: DeviceID,
        visibleTo account: AccountID
    ) async throws(SwitchyardError) -> [APIKey: String] {
        guard let device = registry.device(id), let access = device.access(of: account) else { throw Self.noDevice }
        var people: [APIKey: String] = [:]
        for share in device.shares where access.isOwner || share.receiver.id == account {
            people[share.receiver.apiKey] = share.receiver.identifier.description
        }
        let owner = try await store.account(device.ownership.owner)
        people[device.ownership.apiKey] = owner?.identifier.description
        return people
    }

    /// Entries that one commit deletes.
    private static let removalBatch = 512

    /// Deletes what is kept of a device so far, a little with each commit.
    ///
    /// What happens meanwhile stays. Source: `coolkit-v2-http.md` §4.2.
    /// - Throws: `deviceNotFound`, `forbidden` (to a receiver), `storageFailed`.
    package func clear(_ id: DeviceID, by account: AccountID) async throws(SwitchyardError) {
        guard let device = registry.device(id), let access = device.access(of: account) else { throw Self.noDevice }
        guard access.isOwner else {
            throw SwitchyardError(.forbidden, "the device is shared with you; only its owner may do this")
        }
        let now = clock.now
        await recorder.flush()
        while try await store.removeHistory(of: id, until: now, atMost: Self.removalBatch) == Self.removalBatch {}
    }

    private static var noDevice: SwitchyardError { SwitchyardError(.deviceNotFound, "device not found") }
}
