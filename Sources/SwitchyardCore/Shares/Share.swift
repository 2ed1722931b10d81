package import CoolkitWire

/// A device that its owner lets another account see and control.
///
/// Source of the fields: `coolkit-websocket.md` §10.1.
package struct Share: Hashable, Sendable {
    package let device: DeviceID
    package let owner: ShareParty
    package let receiver: ShareParty
    package var terms: ShareTerms
    package let sharedAt: UnixTime

    package init(
        device: DeviceID,
        owner: ShareParty,
        receiver: ShareParty,
        terms: ShareTerms,
        sharedAt: UnixTime
    ) {
        self.device = device
        self.owner = owner
        self.receiver = receiver
        self.terms = terms
        self.sharedAt = sharedAt
    }
}

/// What one side of a share is told about the other.
package struct ShareParty: Hashable, Sendable {
    package let id: AccountID
    package let apiKey: APIKey
    package let identifier: AccountIdentifier
    package let nickname: String

    package init(id: AccountID, apiKey: APIKey, identifier: AccountIdentifier, nickname: String) {
        self.id = id
        self.apiKey = apiKey
        self.identifier = identifier
        self.nickname = nickname
    }

    package init(_ account: Account) {
        self.init(
            id: account.id,
            apiKey: account.apiKey,
            identifier: account.identifier,
            nickname: account.nickname
        )
    }
}

/// What an owner sets about a share.
package struct ShareTerms: Hashable, Sendable {
    /// What the owner calls the device towards the receiver, at most 128 bytes.
    package var deviceName: String
    /// What the owner calls the receiver, at most 128 bytes.
    package var userName: String
    package var permit: SharePermit
    /// At most 30 bytes: ten Chinese characters.
    package var note: String

    package init(deviceName: String = "", userName: String = "", permit: SharePermit = [], note: String = "") {
        self.deviceName = deviceName
        self.userName = userName
        self.permit = permit
        self.note = note
    }

    package func changed(by change: ShareTermsChange) -> ShareTerms {
        ShareTerms(
            deviceName: change.deviceName ?? deviceName,
            userName: change.userName ?? userName,
            permit: change.permit ?? permit,
            note: change.note ?? note
        )
    }
}

/// What `share` and `updateShare` say about the terms; what is nil stays, or is the default in a new share.
package struct ShareTermsChange: Hashable, Sendable {
    package let deviceName: String?
    package let userName: String?
    package let permit: SharePermit?
    package let note: String?

    /// Changes nothing.
    package static let none = ShareTermsChange()

    private static let maximumNameBytes = 128
    private static let maximumNoteBytes = 30

    /// Throws `invalidInput` for a text that is too long and for an impossible permit.
    package init(
        deviceName: String? = nil,
        userName: String? = nil,
        permit: Int? = nil,
        note: String? = nil
    ) throws(SwitchyardError) {
        for name in [deviceName, userName] { try Self.check(name, upTo: Self.maximumNameBytes, "a name") }
        try Self.check(note, upTo: Self.maximumNoteBytes, "a note")
        if let permit, SharePermit(checking: permit) == nil {
            throw SwitchyardError(.invalidInput, "a permit is the sum of 1 add, 2 edit, 4 delete, 8 enable: 0 to 15")
        }
        self.deviceName = deviceName
        self.userName = userName
        self.permit = permit.flatMap { SharePermit(checking: $0) }
        self.note = note
    }

    private init() { (deviceName, userName, permit, note) = (nil, nil, nil, nil) }

    private static func check(_ text: String?, upTo limit: Int, _ what: String) throws(SwitchyardError) {
        guard let text else { return }
        guard text.utf8.count <= limit, !text.utf8.contains(0) else {
            throw SwitchyardError(.invalidInput, "\(what) has at most \(limit) bytes and no NUL")
        }
    }
}
