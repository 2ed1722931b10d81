import CoolkitWire
import GRDB
import SwitchyardCore

/// The statements on the table `subDevice`.
///
/// Its rows come and go with those of `device`, and are read with them.
enum SubDeviceStatement: String, CaseIterable {
    case insert = "INSERT INTO subDevice (deviceID, parentID) VALUES (?, ?)"
}

extension Database {
    /// Enters the way to a sub-device; nothing for a device with a connection of its own.
    ///
    /// Throws `deviceNotFound` when its gateway does not exist.
    func addSubDevice(_ device: Device) throws {
        guard let parent = device.parent else { return }
        do {
            try run(SubDeviceStatement.insert, [device.id.rawValue, parent.rawValue])
        } catch let error as DatabaseError where error.isMissingReference {
            throw SwitchyardError(.deviceNotFound, "the gateway does not exist", underlying: error)
        }
    }
}
