import CoolkitWire
import SwitchyardSimulator
import TestSupport

/// A gateway that finds some sub-devices, one after another, and one of them in another guise each time.
extension CrashLoad {
    static let gateway = DeviceID(unchecked: "1000dddd03")
    /// Is listed each time, with a uiid that is a number higher.
    static let changingChild = DeviceID(unchecked: "a480ffffff")
    private static let childPrefix = "a480"

    static func isChild(_ id: DeviceID) -> Bool { id.rawValue.hasPrefix(childPrefix) }

    func keepListing(_ device: RawDevice) async throws {
        let known = ledger.contents.requestedChildren.count
        while true {
            let number = ledger.nextNumber(of: Self.changingChild.rawValue)
            let found = min(ledger.contents.requestedChildren.count, known + Self.additions - 1)
            let digits = String(found, radix: 16)
            let child = DeviceID(unchecked: Self.childPrefix + String(repeating: "0", count: 6 - digits.count) + digits)
            ledger.note { $0.requestedChildren.insert(child) }
            try await device.list([
                ["deviceid": JSON(child.rawValue), "uiid": 1_000],
                ["deviceid": JSON(Self.changingChild.rawValue), "uiid": JSON(number)],
            ])
            let answer = try await device.answer()
            guard try isAcknowledged(answer["error"]?.intValue, "a list of sub-devices", answer) else { continue }
            ledger.acknowledged("child") { contents in
                contents.addedChildren.insert(child)
                contents.numbers[Self.changingChild.rawValue]?.acknowledged = number
            }
        }
    }
}
