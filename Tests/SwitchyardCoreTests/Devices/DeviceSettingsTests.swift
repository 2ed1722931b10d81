import CoolkitWire
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// Source: `coolkit-v2-http.md` §3, §4.2.
@Suite("Settings and tags of a device, for version 2")
struct DeviceSettingsTests {
    private func withDevices(
        _ body: (DeviceService, SQLiteStore, [DeviceID]) async throws -> Void
    ) async throws {
        try await withTemporaryStore { store in
            try await store.createAccount(.owner, passwordHash: "!")
            try await store.createAccount(.stranger, passwordHash: "!")
            let devices = DeviceService(
                store: store,
                registry: DeviceRegistry(),
                bus: LocalBus(),
                settings: ProtocolSettings(),
                clock: ManualClocks().wall
            )
            let ids = [DeviceID.sample, DeviceID(unchecked: "1000a1b2c4"), DeviceID(unchecked: "1000a1b2c5")]
            for (id, owner) in zip(ids, [Account.owner, .owner, .stranger]) {
                let addition = DeviceService.Addition(
                    id: id,
                    credential: .key(.factory),
                    facts: DeviceFacts(uiid: 1)
                )
                _ = try await devices.add(addition, to: owner, under: nil)
            }
            try await body(devices, store, ids)
        }
    }

    @Test("The seven are switches, all others numbers that keep their spelling, as number, text or truth value")
    func merges() throws {
        var settings = DeviceSettings()
        #expect(
            JSON.object(settings.object).text
                == #"{"opsNotify":0,"opsHistory":1,"alarmNotify":1,"wxAlarmNotify":0,"wxOpsNotify":0,"wxDoorbellNotify":0,"appDoorbellNotify":1}"#
        )

        try settings.merge(["opsNotify": "1", "opsHistory": false, "alarmNotify": 0])
        try settings.merge(["offlineNotify": true, "minTemperature": -99999, "maxTemperature": "21.50"])
        try settings.merge(["offlineNotify": 0])

        #expect(settings[.opsNotify] && !settings[.opsHistory] && !settings[.alarmNotify])
        #expect(
            JSON.object(settings.others).text == #"{"offlineNotify":0,"minTemperature":-99999,"maxTemperature":21.50}"#
        )
        #expect(settings.object.count == 10)
        #expect(settings.object["maxTemperature"]?.numberValue?.text == "21.50")
    }

    @Test(
        "What is no setting is refused and changes nothing",
        arguments: [
            ["opsNotify": 2], ["opsNotify": -1], ["opsNotify": "on"], ["opsNotify": nil], ["opsNotify": 0.5],
            ["x": [:]], ["x": []], ["x": nil], ["x": "text"], ["x": ""], ["x": "NaN"], ["": 1], ["a\u{0}b": 1],
            [String(repeating: "n", count: 65): 1],
        ] as [JSONObject]
    )
    func refuses(part: JSONObject) {
        var settings = DeviceSettings()

        let error = #expect(throws: SwitchyardError.self) {
            try settings.merge((["first": 1] as JSONObject).merging(part))
        }

        #expect(error?.code == .invalidInput)
        #expect(settings == DeviceSettings())
    }

    @Test("All that the vendor lists fits, and there is a bound")
    func isBounded() throws {
        var settings = DeviceSettings()
        try settings.merge(JSONObject((0..<100).map { ("cameraHumanoidDetectionNotify\($0)", 1) }))

        let error = #expect(throws: SwitchyardError.self) {
            try settings.merge(JSONObject((0..<200).map { ("anotherRatherLongNameOfSetting\($0)", 1) }))
        }

        #expect(error?.code == .invalidInput)
        #expect(settings.others.count == 100)
        #expect(JSON.object(settings.others).text.utf8.count <= DeviceSettings.maximumOtherBytes)
    }

    @Test("Settings of several devices change together, also in the store; what is not named stays")
    func changesSeveral() async throws {
        try await withDevices { devices, store, ids in
            let own = Array(ids[..<2])
            _ = try await devices.setSettings(["opsNotify": 1, "dailyKwh": 150], of: own, by: Account.owner.id)
            let changed = try await devices.setSettings(["dailyKwh": 200], of: [ids[0]], by: Account.owner.id)

            #expect(changed.map(\.device.id) == [ids[0]])
            let stored = Dictionary(uniqueKeysWithValues: try await store.devices().map { ($0.0.id, $0.0.settings) })
            #expect(stored[ids[0]]?.object["dailyKwh"] == 200)
            #expect(stored[ids[0]]?[.opsNotify] == true)
            #expect(stored[ids[1]]?.object["dailyKwh"] == 150)
            #expect(stored[ids[2]] == DeviceSettings())
        }
    }

    @Test("Nothing changes when one device is another's, none, there twice or over its bound")
    func changesAllOrNone() async throws {
        try await withDevices { devices, store, ids in
            let full = JSONObject((0..<190).map { ("aRatherLongNameOfOneSetting\($0)", 10_000) })
            _ = try await devices.setSettings(full, of: [ids[1]], by: Account.owner.id)
            let before = Set(try await store.devices().map(\.0))
            let more = JSONObject((0..<40).map { ("anotherRatherLongNameOfOneSetting\($0)", 10_000) })
            func change(_ part: JSONObject, _ ids: [DeviceID]) async throws {
                _ = try await devices.setSettings(part, of: ids, by: Account.owner.id)
            }

            await expect(.deviceNotFound) { try await change(["a": 1], [ids[0], ids[2]]) }
            await expect(.deviceNotFound) { try await change(["a": 1], [ids[0], DeviceID(unchecked: "9")]) }
            await expect(.invalidInput) { try await change(["a": 1], [ids[0], ids[0]]) }
            await expect(.invalidInput) { try await change(["a": 1], []) }
            await expect(.invalidInput) { try await change(more, [ids[0], ids[1]]) }
            let many = (0...DeviceService.maximumDevicesAtOnce).map { DeviceID(unchecked: "\($0)") }
            await expect(.invalidInput) { try await change(["a": 1], many) }

            #expect(Set(try await store.devices().map(\.0)) == before)
        }
    }

    @Test("Tags are replaced or merged, with values of any kind, within the bounds of version 1")
    func setsTags() async throws {
        try await withDevices { (devices, store, ids) async throws in
            let (id, owner) = (ids[0], Account.owner.id)
            func set(_ tags: JSONObject, _ kind: DeviceService.TagChange) async throws -> JSONObject {
                try await devices.setTags(tags, as: kind, of: id, by: owner).device.tags
            }
            #expect(try await set(["key1": "value1", "key2": [1]], .replace) == ["key1": "value1", "key2": [1]])
            #expect(try await set(["key1": 2, "key3": nil], .merge) == ["key1": 2, "key2": [1], "key3": nil])
            #expect(try await set(["key3": "value3"], .replace) == ["key3": "value3"])

            await expect(.invalidInput) { _ = try await set(["": 1], .merge) }
            await expect(.invalidInput) { _ = try await set([String(repeating: "n", count: 65): 1], .merge) }
            let long = JSON(String(repeating: "x", count: DeviceService.maximumTagBytes))
            await expect(.invalidInput) { _ = try await set(["long": long], .merge) }
            await expect(.deviceNotFound) {
                _ = try await devices.setTags([:], as: .replace, of: id, by: Account.stranger.id)
            }

            #expect(try await store.devices().first { $0.0.id == id }?.0.tags == ["key3": "value3"])
        }
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in other { merged[name] = value }
        return merged
    }
}
