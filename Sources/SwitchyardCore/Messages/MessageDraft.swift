import CoolkitWire

/// A message that is not yet written: what was heard on the bus, without the JSON.
struct MessageDraft: Sendable {
    enum Subject: Sendable {
        case share(ShareChange)
        case state(StateNotice, deviceName: String, StateChange.Source, isByOperator: Bool)
    }

    let account: AccountID
    let device: DeviceID
    let subject: Subject
    let time: UnixTime

    init(_ change: ShareChange, at time: UnixTime) {
        (account, device, subject) = (change.share.receiver.id, change.share.device, .share(change))
        self.time = time
    }

    init(_ notice: StateNotice, _ change: StateChange, at time: UnixTime) {
        (account, device) = (change.owner, change.device)
        subject = .state(
            notice,
            deviceName: change.live.device.name,
            change.source,
            isByOperator: change.isByOperator
        )
        self.time = time
    }

    var message: AccountMessage {
        AccountMessage(
            id: .random(at: time),
            account: account,
            kind: kind,
            device: device,
            content: content,
            date: time
        )
    }

    private var kind: AccountMessage.Kind {
        switch subject {
        case .share(let change): change.hasBegun ? .shareNotify : .cancelShareNotify
        case .state(let notice, _, _, _): notice.kind == .alarm ? .alarmNotify : .opsNotify
        }
    }

    /// `message`.
    ///
    /// Assumption: the documents say only that its form depends on `msgType`. A share is told with the members of `sharedBy`, a
    /// change with the members that changed; a capture of `GET /v2/message/read` would settle it.
    private var content: JSONObject {
        switch subject {
        case .share(let change): content(of: change)
        case .state(let notice, let deviceName, let source, let isByOperator):
            content(of: notice, deviceName, source, isByOperator: isByOperator)
        }
    }

    private func content(of change: ShareChange) -> JSONObject {
        let share = change.share
        var content: JSONObject = [
            "deviceid": .string(device.rawValue), "deviceName": .string(change.deviceName),
            "apikey": .string(share.owner.apiKey.rawValue),
        ]
        switch share.owner.identifier {
        case .email(let email): content["email"] = .string(email)
        case .phone(let number): content["phoneNumber"] = .string(number)
        }
        content["nickname"] = .string(share.owner.nickname)
        guard change.hasBegun else { return content }
        content["permit"] = JSON(share.terms.permit.rawValue)
        content["comment"] = .string(share.terms.note)
        content["shareTime"] = JSON(share.sharedAt.milliseconds)
        return content
    }

    private func content(
        of notice: StateNotice,
        _ deviceName: String,
        _ source: StateChange.Source,
        isByOperator: Bool
    ) -> JSONObject {
        var content: JSONObject = ["deviceid": .string(device.rawValue), "deviceName": .string(deviceName)]
        switch source {
        case .device: content["userAgent"] = "device"
        case .command(_, let actingAPIKey, _):
            content["userAgent"] = "app"
            if !isByOperator, let actingAPIKey { content["apikey"] = .string(actingAPIKey.rawValue) }
        }
        // What was selected from stored params parses.
        content["params"] = (try? JSON(parsing: notice.params)) ?? [:]
        return content
    }
}
