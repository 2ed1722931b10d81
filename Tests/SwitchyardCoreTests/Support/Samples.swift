import CoolkitWire
import NIOCore
import SwitchyardCore

let sampleTime = UnixTime(milliseconds: 1_700_000_000_000)

extension Account {
    static let owner = Account(
        id: AccountID(.random(at: sampleTime)),
        apiKey: APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220001"),
        identifier: .email("owner@example.com"),
        region: "eu",
        createdAt: sampleTime
    )
    static let stranger = Account(
        id: AccountID(.random(at: sampleTime)),
        apiKey: APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220002"),
        identifier: .email("stranger@example.com"),
        region: "eu",
        createdAt: sampleTime
    )
}

extension DeviceID {
    static let sample = DeviceID(unchecked: "1000a1b2c3")
}

extension APIKey {
    static let factory = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455550001")
}

extension Device {
    static func sample(
        _ id: DeviceID = .sample,
        owner: Account = .owner,
        facts: DeviceFacts = DeviceFacts(uiid: 1),
        options: DeviceOptions = DeviceOptions(),
        parent: DeviceID? = nil,
        addedUnder: AppID? = AppID(unchecked: "app")
    ) -> Device {
        Device(
            id: id,
            objectID: .random(at: sampleTime),
            factoryRecordID: .random(at: sampleTime),
            owner: owner.id,
            ownerAPIKey: owner.apiKey,
            credential: .key(.factory),
            name: "Lamp",
            facts: facts,
            options: options,
            parent: parent,
            addedUnder: addedUnder,
            createdAt: sampleTime
        )
    }
}

extension LiveDevice {
    static func sample(_ device: Device = .sample(), params: String = "{}") throws -> LiveDevice {
        try LiveDevice(device, state: DeviceState(id: device.id, params: Array(params.utf8)))
    }

    /// The whole state as text.
    var paramsText: String { String(decoding: snapshot.params, as: UTF8.self) }
}

extension DeviceCommand {
    static func sample(
        to device: LiveDevice,
        from origin: any CommandOrigin,
        sequence: String? = "1700000300100",
        issuedAt: MonotonicTime = MonotonicTime(milliseconds: 0),
        timeout: Duration = .seconds(8)
    ) -> DeviceCommand {
        DeviceCommand(
            device: device,
            params: ByteBuffer(string: #"{"switch":"on"}"#),
            sequence: sequence.map { SequenceText($0) },
            origin: origin,
            issuedAt: issuedAt,
            deadline: issuedAt.advanced(by: timeout)
        )
    }
}

extension ProtocolSettings {
    /// The defaults but for what `change` sets.
    static func changed(_ change: (inout ProtocolSettings) -> Void) -> ProtocolSettings {
        var settings = ProtocolSettings()
        change(&settings)
        return settings
    }
}

extension HistorySettings {
    /// The defaults but for what `change` sets.
    static func changed(_ change: (inout HistorySettings) -> Void) -> HistorySettings {
        var settings = HistorySettings()
        change(&settings)
        return settings
    }
}

extension DeletedDevice {
    static func sample(_ id: DeviceID = .sample, timesTold: Int = 0) -> DeletedDevice {
        DeletedDevice(id: id, factoryKey: .factory, owner: nil, timesTold: timesTold, deletedAt: sampleTime)
    }
}
