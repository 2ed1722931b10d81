import CoolkitWire
import GRDB
import SwitchyardCore

/// The statements on the table `deviceSetting`.
///
/// Its rows come with the first thing that is not a default, and go with those of `device`.
enum DeviceSettingStatement: String, CaseIterable {
    case save = """
        INSERT INTO deviceSetting (deviceID, uiidChosen, opsNotify, opsHistory, alarmNotify, wxAlarmNotify, wxOpsNotify,
            wxDoorbellNotify, appDoorbellNotify, tags, others)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (deviceID) DO UPDATE SET uiidChosen = excluded.uiidChosen, opsNotify = excluded.opsNotify,
            opsHistory = excluded.opsHistory, alarmNotify = excluded.alarmNotify,
            wxAlarmNotify = excluded.wxAlarmNotify, wxOpsNotify = excluded.wxOpsNotify,
            wxDoorbellNotify = excluded.wxDoorbellNotify, appDoorbellNotify = excluded.appDoorbellNotify,
            tags = excluded.tags, others = excluded.others
        """
    case one = "SELECT * FROM deviceSetting WHERE deviceID = ?"
}

/// The statements on the table `deviceApplication`.
enum DeviceApplicationStatement: String, CaseIterable {
    case insert = "INSERT INTO deviceApplication (deviceID, appID) VALUES (?, ?)"
    case deleteByDevice = "DELETE FROM deviceApplication WHERE deviceID = ?"
    case all = "SELECT * FROM deviceApplication"
}

/// A row of `deviceSetting`.
private struct DeviceSettingRecord {
    var isInterfaceChosen = false
    var settings = DeviceSettings()
    var tags = JSONObject()
}

extension DeviceSettingRecord {
    /// Reads the columns of the row; the defaults where an outer join found none.
    fileprivate init(row: Row) throws {
        guard let isChosen = try row.decode(Bool?.self, forColumn: "uiidChosen") else { return }
        isInterfaceChosen = isChosen
        for setting in DeviceSetting.allCases {
            settings[setting] = try row.decode(Bool.self, forColumn: setting.rawValue)
        }
        tags = try Self.object("tags", of: row)
        settings.others = try Self.object("others", of: row)
    }

    private static func object(_ column: String, of row: Row) throws -> JSONObject {
        try row.value(column) { text in
            // What is no JSON is told as an unreadable column.
            (try? JSON(parsing: text))?.objectValue
        }
    }

    fileprivate func arguments(of id: DeviceID) -> StatementArguments {
        let flags: StatementArguments = StatementArguments(DeviceSetting.allCases.map { settings[$0] })
        return [id.rawValue, isInterfaceChosen] + flags + [JSON.object(tags).text, JSON.object(settings.others).text]
    }
}

extension Device {
    /// Takes over what the columns of `deviceSetting` hold.
    mutating func readSettings(_ row: Row) throws {
        let record = try DeviceSettingRecord(row: row)
        isInterfaceChosen = record.isInterfaceChosen
        settings = record.settings
        tags = record.tags
    }
}

extension Database {
    /// Stores the settings of a device that has just been made, unless they are the defaults.
    func insertSettings(of device: Device) throws {
        try setApplications(device.applications, of: device.id)
        guard device.isInterfaceChosen || device.settings != DeviceSettings() || !device.tags.isEmpty else { return }
        let record = DeviceSettingRecord(
            isInterfaceChosen: device.isInterfaceChosen,
            settings: device.settings,
            tags: device.tags
        )
        try run(DeviceSettingStatement.save, record.arguments(of: device.id))
    }

    /// Makes the part of a change that this table and `deviceApplication` hold.
    func changeSettings(of id: DeviceID, _ change: DeviceChange) throws {
        if let applications = change.applications {
            try run(DeviceApplicationStatement.deleteByDevice, [id.rawValue])
            try setApplications(applications, of: id)
        }
        guard change.uiid != nil || change.settings != nil || change.tags != nil else { return }
        var record =
            try fetch(DeviceSettingStatement.one, [id.rawValue], DeviceSettingRecord.init).first
            ?? DeviceSettingRecord()
        if change.uiid != nil { record.isInterfaceChosen = true }
        if let settings = change.settings { record.settings = settings }
        if let tags = change.tags { record.tags = tags }
        try run(DeviceSettingStatement.save, record.arguments(of: id))
    }

    private func setApplications(_ applications: Set<AppID>, of id: DeviceID) throws {
        for application in applications {
            try run(DeviceApplicationStatement.insert, [id.rawValue, application.rawValue])
        }
    }

    /// The associated app ids of all devices.
    func applicationsByDevice() throws -> [DeviceID: Set<AppID>] {
        let pairs = try fetch(DeviceApplicationStatement.all) { row in
            (try row.value("deviceID", DeviceID.init), try row.value("appID", AppID.init))
        }
        return Dictionary(grouping: pairs, by: \.0).mapValues { Set($0.map(\.1)) }
    }
}
