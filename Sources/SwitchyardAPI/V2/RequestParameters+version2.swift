import CoolkitWire
import SwitchyardCore

extension RequestParameters {
    /// A number within bounds; nil when it is absent.
    ///
    /// Throws `invalidInput`.
    func number(_ name: String, in range: ClosedRange<Int64>) throws(SwitchyardError) -> Int64? {
        guard let value = value(name), !value.isNull, value.stringValue != "" else { return nil }
        guard let number = value.intValue.map(Int64.init), range.contains(number) else {
            throw SwitchyardError(.invalidInput, "params is error: \(name)")
        }
        return number
    }

    /// The elements of an array that has to be there.
    ///
    /// Throws `invalidInput`.
    func elements(_ name: String, count: ClosedRange<Int>) throws(SwitchyardError) -> [JSON] {
        guard let value = value(name) else { throw SwitchyardError(.invalidInput, "params incomplete: \(name)") }
        guard let elements = value.arrayValue, count.contains(elements.count) else {
            throw SwitchyardError(
                .invalidInput,
                "params is error: \(name) is no array of \(count.lowerBound) to \(count.upperBound) elements"
            )
        }
        return elements
    }

    /// The members of an object; nil when it is absent or null.
    ///
    /// Throws `invalidInput`.
    func optionalObject(_ name: String) throws(SwitchyardError) -> JSONObject? {
        guard let value = value(name), !value.isNull else { return nil }
        guard let object = value.objectValue else {
            throw SwitchyardError(.invalidInput, "params is error: \(name) is no object")
        }
        return object
    }

    /// The device that a call is about; what can be no id is a device that does not exist.
    ///
    /// Throws `invalidInput`, `deviceNotFound`.
    func requiredDevice(_ name: String = "deviceid") throws(SwitchyardError) -> DeviceID {
        guard let id = DeviceID(try required(name)) else { throw SwitchyardError(.deviceNotFound, "device not found") }
        return id
    }
}
