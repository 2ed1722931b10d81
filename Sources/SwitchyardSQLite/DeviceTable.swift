package import CoolkitWire
import GRDB
package import SwitchyardCore

/// The statements on the table `device`.
enum DeviceStatement: String, CaseIterable {
    case insert = """
        INSERT INTO device (id, objectID, factoryRecordID, ownerID, addedUnder, createdAt, factoryKey, keyDigest, name, uiid,
            model, brandName, productModel, mac, chipID, romVersion, ackByUpdate, fullSwitchesArray)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    case change = """
        UPDATE device SET name = coalesce(?, name), chipID = coalesce(?, chipID), uiid = coalesce(?, uiid) WHERE id = ?
        """
    case setCredential = "UPDATE device SET factoryKey = ?, keyDigest = ? WHERE id = ?"
    /// Of a device that was added by its digest, and proved it.
    case keepKey = "UPDATE device SET factoryKey = ?, keyDigest = NULL WHERE id = ? AND keyDigest = ?"
    case setOptions = "UPDATE device SET ackByUpdate = ?, fullSwitchesArray = ? WHERE id = ?"
    case saveFacts = """
        UPDATE device SET
            uiid = iif((SELECT uiidChosen FROM deviceSetting WHERE deviceID = device.id) = 1, uiid, ?), model = ?, brandName = ?, productModel = ?, mac = ?, romVersion = ?,
            chipID = CASE chipID WHEN '' THEN ? ELSE chipID END
        WHERE id = ?
        """
    case delete = "DELETE FROM device WHERE id = ?"
    case deleteByGateway = """
        DELETE FROM device WHERE id IN (SELECT deviceID FROM subDevice WHERE parentID = ?)
        """
    case deleteByOwner = "DELETE FROM device WHERE ownerID = ?"
    /// With the owner's key, the state and the settings: read at start.
    case allWithState = """
        SELECT device.*, account.apiKey AS ownerAPIKey, subDevice.parentID, deviceState.*, deviceSetting.*
        FROM device
        JOIN account ON account.id = device.ownerID
        JOIN deviceState ON deviceState.deviceID = device.id
        LEFT JOIN subDevice ON subDevice.deviceID = device.id
        LEFT JOIN deviceSetting ON deviceSetting.deviceID = device.id
        """
}

/// A row of `device`, read with the owner's apikey.
private struct DeviceRecord {
    let device: Device
}

extension DeviceRecord {
    fileprivate init(row: Row) throws {
        var device = Device(
            id: try row.value("id", DeviceID.init),
            objectID: try row.value("objectID", ObjectID.init),
            factoryRecordID: try row.value("factoryRecordID", ObjectID.init),
            owner: try row.value("ownerID", AccountID.init),
            ownerAPIKey: try row.value("ownerAPIKey", APIKey.init),
            credential: try DeviceCredential(row: row),
            name: try row.text("name"),
            facts: DeviceFacts(
                uiid: try row.decode(Int.self, forColumn: "uiid"),
                model: try row.text("model"),
                brandName: try row.text("brandName"),
                productModel: try row.text("productModel"),
                mac: try row.text("mac"),
                chipID: try row.text("chipID"),
                romVersion: try row.text("romVersion")
            ),
            options: DeviceOptions(
                ackByUpdate: try row.decode(Bool.self, forColumn: "ackByUpdate"),
                fullSwitchesArray: try row.decode(Bool?.self, forColumn: "fullSwitchesArray")
            ),
            parent: try row.decode(String?.self, forColumn: "parentID").flatMap { DeviceID($0) },
            addedUnder: try row.decode(String?.self, forColumn: "addedUnder").flatMap { AppID($0) },
            createdAt: try row.time("createdAt")
        )
        try device.readSettings(row)
        self.device = device
    }

    /// The first columns of `insert`, which are never rewritten.
    fileprivate var fixedArguments: StatementArguments {
        [
            device.id.rawValue, device.objectID.description, device.factoryRecordID.description,
            device.owner.description, device.addedUnder?.rawValue, device.createdAt.milliseconds,
        ]
    }

    /// The rest of the columns.
    fileprivate var changeableArguments: StatementArguments {
        [
            device.name, device.facts.uiid, device.facts.model, device.facts.brandName, device.facts.productModel,
            device.facts.mac, device.facts.chipID, device.facts.romVersion,
            device.options.ackByUpdate, device.options.fullSwitchesArray,
        ]
    }
}

extension DeviceCredential {
    /// One of the two columns has a value.
    fileprivate init(row: Row) throws {
        if let text = try row.decode(String?.self, forColumn: "keyDigest") {
            guard let digest = KeyDigest(text) else { throw UnreadableColumn(name: "keyDigest") }
            self = .awaited(digest)
        } else {
            self = .key(try row.value("factoryKey", APIKey.init))
        }
    }

    /// `factoryKey` and `keyDigest`.
    fileprivate var arguments: StatementArguments {
        switch self {
        case .key(let key): [key.rawValue, nil]
        case .awaited(let digest): [nil, digest.rawValue]
        }
    }
}

extension SQLiteStore: DeviceStore {
    /// The owner's apikey is not stored with the device: it is read from the account.
    package func createDevice(
        _ device: Device,
        state: DeviceState,
        at placement: Placement
    ) async throws(SwitchyardError) {
        precondition(state.id == device.id, "the state is another device's")
        let record = DeviceRecord(device: device)
        try await write { database in
            do {
                try database.run(
                    DeviceStatement.insert,
                    record.fixedArguments + device.credential.arguments + record.changeableArguments
                )
            } catch let error as DatabaseError where error.isDuplicate {
                throw SwitchyardError(.alreadyExists, "the device has been added already", underlying: error)
            } catch let error as DatabaseError where error.isMissingReference {
                throw Self.noAccount
            }
            do {
                try database.run(DeviceStateStatement.insert, try state.rowArguments)
            } catch let error as DatabaseError where error.isRefusedValue {
                throw state.unusable
            }
            try database.addSubDevice(device)
            try database.insertSettings(of: device)
            try database.place(.device(device.id), placement, for: device.owner)
            try database.run(DeletedDeviceStatement.delete, [device.id.rawValue])
            try database.run(FactoryRecordStatement.deleteAdopted, [device.id.rawValue])
        }
    }

    package func changeDevice(_ id: DeviceID, _ change: DeviceChange) async throws(SwitchyardError) {
        try await write { database in
            let values: StatementArguments = [
                change.name, change.chipID, change.uiid, id.rawValue,
            ]
            try database.run(DeviceStatement.change, values)
            guard database.changesCount > 0 else { throw Self.noDevice }
            if let credential = change.credential {
                try database.run(DeviceStatement.setCredential, credential.arguments + [id.rawValue])
            }
            if let options = change.options {
                let values: StatementArguments = [options.ackByUpdate, options.fullSwitchesArray, id.rawValue]
                try database.run(DeviceStatement.setOptions, values)
            }
            try database.changeSettings(of: id, change)
            if let membership = change.group {
                try database.place(id, in: membership.group, of: membership.account, member: "group")
            }
            if let place = change.place {
                try database.move(.device(id), place.placement, for: place.account)
            }
        }
    }

    package func saveFacts(_ facts: DeviceFacts, key: APIKey?, of id: DeviceID) async throws(SwitchyardError) {
        try await write { database in
            let values: StatementArguments = [
                facts.uiid, facts.model, facts.brandName, facts.productModel, facts.mac, facts.romVersion, facts.chipID,
                id.rawValue,
            ]
            try database.run(DeviceStatement.saveFacts, values)
            guard database.changesCount > 0 else { throw Self.noDevice }
            guard let key else { return }
            let digest = KeyDigest(of: key, and: id)
            try database.run(DeviceStatement.keepKey, [key.rawValue, id.rawValue, digest.rawValue])
        }
    }

    package func removeDevice(_ id: DeviceID, at time: UnixTime) async throws(SwitchyardError) {
        try await write { database in
            try database.remember(id, at: time)
            try database.run(DeviceStatement.deleteByGateway, [id.rawValue])
            try database.run(DeviceStatement.delete, [id.rawValue])
            guard database.changesCount > 0 else { throw Self.noDevice }
        }
    }

    package func devices() async throws(SwitchyardError) -> [(Device, DeviceState)] {
        try await read { database in
            let applications = try database.applicationsByDevice()
            return try database.fetch(DeviceStatement.allWithState) { row in
                var device = try DeviceRecord(row: row).device
                device.applications = applications[device.id] ?? []
                return (device, try DeviceState(row: row))
            }
        }
    }

    private static var noDevice: SwitchyardError { SwitchyardError(.deviceNotFound, "the device does not exist") }
}
