import Foundation
import GRDB

/// Rows as servers of every version have written them: of each column that ever was, the value that a row gets where the
/// database has it.
///
/// A new table needs a row here, a new column its value: `EarlierVersionTests` says so.
enum EarlierRows {
    /// Tables, those first that others refer to, with their rows.
    static let tables: [(name: String, rows: [[String: String]])] =
        accounts + devices + homes + rest

    private static let (ann, bob) = ("'650000000000000000000001'", "'650000000000000000000002'")

    private static let accounts: [(name: String, rows: [[String: String]])] = [
        (
            "account",
            [
                [
                    "id": ann, "apiKey": "'key-of-ann'", "email": "'ann@example.org'", "nickname": "'Ann ü'",
                    "region": "'eu'", "language": "'en'", "passwordHash": "'$scrypt$ann'", "createdAt": "1000",
                    "lastLoginAppID": "'app'", "lastLoginAt": "2000", "lastLoginAddress": "'192.0.2.1'",
                    "lastLoginOS": "'iOS'", "lastLoginAppVersion": "'4.0'", "countryCode": "'+49'",
                    "timeZone": "'Europe/Berlin'", "timeZoneOffset": "60", "languageTag": "'de-DE'",
                    "acceptsAdvertising": "1", "wasConsulted": "1", "subscribedEmail": "'news@example.org'",
                ],
                [
                    "id": bob, "apiKey": "'key-of-bob'", "phone": "'+4912345678'", "nickname": "''", "region": "'us'",
                    "language": "'cn'", "passwordHash": "'$scrypt$bob'", "createdAt": "1001",
                ],
            ]
        ),
        (
            "clientApplication",
            [
                [
                    "id": "'app'", "secret": "'secret'", "name": "'Phone'", "createdAt": "1", "refusesReplays": "1",
                    "clockSkewLimit": "300000",
                ]
            ]
        ),
        ("applicationRedirect", [["appID": "'app'", "url": "'https://a.example.org/cb'"]]),
        (
            "tokenPair",
            [
                token("01", "11", "2000", replaced: "2100"), token("02", "12", "2100", replaced: "NULL"),
            ]
        ),
        (
            "authorizationCode",
            [
                [
                    "hash": blob("05"), "accountID": ann, "appID": "'app'", "redirectURL": "'https://a.example.org/cb'",
                    "createdAt": "3000", "family": "'650000000000000000000077'",
                ]
            ]
        ),
    ]

    private static let devices: [(name: String, rows: [[String: String]])] = [
        (
            "device",
            [device("1", addedUnder: "'app'"), device("2", addedUnder: "NULL"), device("3", addedUnder: "'app'")]
        ),
        (
            "deviceState",
            [
                [
                    "deviceID": "'1'", "params": #"'{"switch":"on","v":1.0}'"#, "onlineTime": "10",
                    "offlineTime": "20", "address": "'192.0.2.9'", "reportSequence": "'17'", "reportedAt": "30",
                ],
                ["deviceID": "'2'", "params": "'{}'", "address": "''"],
                // Behind the second one, as the first versions kept it.
                ["deviceID": "'3'", "params": #"'{"parentid":"2"}'"#, "address": "''"],
            ]
        ),
        ("subDevice", [["deviceID": "'3'", "parentID": "'2'"]]),
        (
            "deviceSetting",
            [
                [
                    "deviceID": "'1'", "uiidChosen": "1", "opsNotify": "1", "opsHistory": "0", "alarmNotify": "1",
                    "wxAlarmNotify": "0", "wxOpsNotify": "1", "wxDoorbellNotify": "0", "appDoorbellNotify": "1",
                    "tags": #"'{"a":1}'"#, "others": #"'{"b":2}'"#,
                ]
            ]
        ),
        ("deviceApplication", [["deviceID": "'1'", "appID": "'app'"]]),
        (
            "deviceShare",
            [
                [
                    "deviceID": "'1'", "receiverID": bob, "permit": "15", "deviceName": "'Lamp'",
                    "userName": "'Bob'", "note": "'n'", "sharedAt": "50",
                ]
            ]
        ),
        (
            "deletedDevice",
            [["deviceID": "'9'", "factoryKey": "'k'", "ownerID": ann, "timesTold": "1", "deletedAt": "60"]]
        ),
        (
            "factoryRecord",
            [
                [
                    "deviceID": "'8'", "factoryKey": "'k'", "model": "'PSA-B01-GL'", "uiid": "1", "chipID": "'c'",
                    "source": "'operator'", "createdAt": "70", "lastSeenAt": "80", "address": "'192.0.2.8'",
                ]
            ]
        ),
        ("deviceGroup", [["id": group, "accountID": ann, "name": "'Hall'", "position": "1", "createdAt": "90"]]),
        ("deviceGroupMember", [["groupID": group, "deviceID": "'1'"]]),
    ]

    private static let homes: [(name: String, rows: [[String: String]])] = [
        (
            "home",
            [
                home("'65000000000000000000000a'", of: ann), home("'65000000000000000000000b'", of: bob),
            ]
        ),
        (
            "room",
            [
                [
                    "id": "'65000000000000000000000c'", "homeID": "'65000000000000000000000a'", "name": "'Hall'",
                    "position": "0", "createdAt": "100",
                ]
            ]
        ),
        (
            "thingPlace",
            (1...3).map { place($0, of: ann, in: "'65000000000000000000000a'") } + [
                place(1, of: bob, in: "'65000000000000000000000b'")
            ]
        ),
        (
            "thingGroup",
            [
                [
                    "id": "'65000000000000000000000d'", "accountID": ann, "name": "'All'", "mainDeviceID": "'1'",
                    "params": "'{}'", "createdAt": "110",
                ]
            ]
        ),
        ("thingGroupMember", [["groupID": "'65000000000000000000000d'", "deviceID": "'1'", "position": "0"]]),
    ]

    private static let rest: [(name: String, rows: [[String: String]])] = [
        (
            "verificationCode",
            [
                [
                    "destination": "'ann@example.org'", "purpose": "1",
                    "salt": "x'\(String(repeating: "00", count: 16))'",
                    "digest": blob("06"), "createdAt": "120", "attempts": "2",
                ]
            ]
        ),
        ("verificationSending", [["destination": "'ann@example.org'", "address": "'192.0.2.1'", "sentAt": "120"]]),
        (
            "outboxMessage",
            [
                [
                    "id": "1", "destination": "'+4912345678'", "purpose": "0", "code": "'123456'", "text": "'t'",
                    "createdAt": "120",
                ]
            ]
        ),
        (
            "firmwareRelease",
            [["key": release, "model": "'PSA-B01-GL'", "version": "'3.3.0'", "createdAt": "130"]]
        ),
        (
            "firmwareImage",
            [
                [
                    "releaseKey": release, "position": "0", "name": "'user1.bin'",
                    "digest": "'\(String(repeating: "ab", count: 32))'", "byteCount": "5",
                ]
            ]
        ),
        ("pendingUpgrade", [["deviceID": "'1'", "releaseKey": release, "createdAt": "140"]]),
        (
            "history",
            [
                [
                    "deviceID": "'1'", "number": "1", "time": "150", "kind": "'command'", "account": "'key-of-ann'",
                    "params": #"'{"switch":"on"}'"#,
                ]
            ]
        ),
        (
            "accountMessage",
            [
                [
                    "accountID": ann, "number": "1", "id": "'65000000000000000000000e'", "kind": "'opsNotify_v2'",
                    "deviceID": "'1'", "content": "'{}'", "time": "160",
                ]
            ]
        ),
    ]

    private static let group = "'\(String(repeating: "a", count: 32))'"
    private static let release = "'abcdefghijklmnopqrstuvwx'"

    private static func blob(_ byte: String) -> String { "x'\(String(repeating: byte, count: 32))'" }

    private static func token(_ refresh: String, _ access: String, _ time: String, replaced: String) -> [String: String]
    {
        [
            "refreshHash": blob(refresh), "accessHash": blob(access), "accountID": ann, "appID": "'app'",
            "family": "'650000000000000000000077'", "issuedAt": time, "accessExpiresAt": "9000000000000",
            "refreshExpiresAt": "9100000000000", "replacedAt": replaced, "clientAddress": "'192.0.2.1'",
            "clientOS": "'iOS'", "clientModel": "'m'", "clientAppVersion": "'4.0'",
        ]
    }

    private static func device(_ id: String, addedUnder: String) -> [String: String] {
        [
            "id": "'\(id)'", "objectID": "'65000000000000000000010\(id)'",
            "factoryRecordID": "'65000000000000000000020\(id)'",
            "ownerID": ann, "factoryKey": "'key-\(id)'", "name": "'Lamp \(id)'", "uiid": "4", "model": "'PSA-B01-GL'",
            "brandName": "'b'", "productModel": "'p'", "mac": "'d0:27:00:00:00:0\(id)'", "chipID": "'c'",
            "romVersion": "'3.5.0'", "ackByUpdate": "1", "fullSwitchesArray": "0", "addedUnder": addedUnder,
            "createdAt": "\(id)",
        ]
    }

    private static func home(_ id: String, of account: String) -> [String: String] {
        ["id": id, "accountID": account, "name": "'Home'", "position": "0", "isCurrent": "1", "createdAt": "100"]
    }

    private static func place(_ device: Int, of account: String, in home: String) -> [String: String] {
        ["accountID": account, "deviceID": "'\(device)'", "homeID": home, "position": "-\(device)"]
    }

    /// Writes the rows into the tables that the database has.
    static func insert(into database: Database) throws {
        for (table, rows) in tables where try database.tableExists(table) {
            let known = try Set(database.columns(in: table).map(\.name))
            for row in rows {
                let members = row.filter { known.contains($0.key) }.sorted { $0.key < $1.key }
                let names = members.map(\.key).joined(separator: ", ")
                let values = members.map(\.value).joined(separator: ", ")
                try database.execute(sql: "INSERT INTO \(table) (\(names)) VALUES (\(values))")
            }
        }
    }
}
