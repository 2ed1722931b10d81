import CoolkitWire

/// The devices to simulate, as told on a command line or in a file.
package struct SimulationPlan: Sendable, Hashable {
    /// The most devices in one plan.
    package static let maximumDevices = 100_000

    /// In the order given; no deviceid stands twice.
    package private(set) var devices: [SimulatedDeviceIdentity] = []

    package init() {}

    /// Adds a device written as `ID:APIKEY[:UIID]`; without UIID it is a one-channel switch.
    ///
    /// `66+1770+2026` in place of UIID is a gateway with these sub-devices instead of its usual ones.
    ///
    /// - Throws: `SimulatorError` that says what is wrong; it never repeats the apikey.
    package mutating func add(device text: String) throws(SimulatorError) {
        try add(Self.identity(from: Substring(text)))
    }

    /// Adds the devices of a file: one `ID:APIKEY[:UIID]` a line, `#` starts a comment, empty lines do not count.
    ///
    /// - Parameter name: the file's name, for error messages.
    package mutating func add(file text: String, named name: String) throws(SimulatorError) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let content = line.prefix { $0 != "#" }.trimmingSpaces
            guard !content.isEmpty else { continue }
            do throws(SimulatorError) {
                try add(Self.identity(from: content))
            } catch {
                throw SimulatorError(error.code, "\(name), line \(number): \(error.message)")
            }
        }
    }

    /// Adds `count` made-up devices: the same seed gives the same devices, whatever the count.
    ///
    /// Deviceids are `1000` and 6 hexadecimal digits, keys are UUID texts.
    package mutating func add(
        count: Int,
        seed: UInt64,
        kind: SimulatedDeviceKind = .singleSwitch
    ) throws(SimulatorError) {
        guard (1...Self.maximumDevices).contains(count) else {
            throw SimulatorError(.invalidInput, "the number of devices is 1 to \(Self.maximumDevices), not \(count)")
        }
        for number in 0..<count {
            try add(Self.generated(number: UInt64(number), seed: seed, kind: kind))
        }
    }

    private mutating func add(_ device: SimulatedDeviceIdentity) throws(SimulatorError) {
        guard known.insert(device.deviceID).inserted else {
            throw SimulatorError(.invalidInput, "device \(device.deviceID) stands twice in the plan")
        }
        guard devices.count < Self.maximumDevices else {
            throw SimulatorError(.invalidInput, "a plan has at most \(Self.maximumDevices) devices")
        }
        devices.append(device)
    }

    private var known: Set<DeviceID> = []

    private static func identity(from text: Substring) throws(SimulatorError) -> SimulatedDeviceIdentity {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(\.trimmingSpaces)
        guard parts.count == 2 || parts.count == 3 else {
            throw SimulatorError(.invalidInput, "a device is written ID:APIKEY or ID:APIKEY:UIID")
        }
        guard let deviceID = DeviceID(String(parts[0])) else {
            throw SimulatorError(.invalidInput, "'\(parts[0])' is no deviceid")
        }
        guard let factoryKey = APIKey(String(parts[1])) else {
            throw SimulatorError(.invalidInput, "the apikey of device \(deviceID) is not valid")
        }
        guard parts.count == 3 else { return SimulatedDeviceIdentity(deviceID: deviceID, factoryKey: factoryKey) }
        return try identity(of: deviceID, factoryKey, kinds: parts[2])
    }

    /// Reads `UIID` or `UIID+UIID…`, a gateway and its sub-devices.
    private static func identity(
        of deviceID: DeviceID,
        _ factoryKey: APIKey,
        kinds text: Substring
    ) throws(SimulatorError) -> SimulatedDeviceIdentity {
        let words = text.split(separator: "+", omittingEmptySubsequences: false)
        var kinds: [SimulatedDeviceKind] = []
        for word in words {
            guard let kind = Int(word).flatMap({ SimulatedDeviceKind(uiid: $0) }) else {
                throw SimulatorError(
                    .invalidInput,
                    "uiid '\(word)' of device \(deviceID) is not known: simulate --list prints all"
                )
            }
            kinds.append(kind)
        }
        var identity = SimulatedDeviceIdentity(deviceID: deviceID, factoryKey: factoryKey, kind: kinds[0])
        guard kinds.count > 1 else { return identity }
        guard !identity.subDevices.isEmpty else {
            throw SimulatorError(.invalidInput, "uiid \(words[0]) of device \(deviceID) is no gateway")
        }
        guard kinds.count - 1 <= SubDeviceSearchPart.maximumSubDevices else {
            throw SimulatorError(
                .invalidInput,
                "device \(deviceID) has more than \(SubDeviceSearchPart.maximumSubDevices) sub-devices"
            )
        }
        identity.subDevices = Array(kinds.dropFirst())
        return identity
    }

    private static func generated(number: UInt64, seed: UInt64, kind: SimulatedDeviceKind) -> SimulatedDeviceIdentity {
        var offset = SplitMix64(seed: seed)
        // An odd step runs through all 2^24 numbers before it repeats one.
        let serial = (offset.next() &+ number &* 0x9E_3779) & 0xFF_FFFF
        var random = SplitMix64(seed: seed ^ (number &+ 1) &* 0xD129_0DDF_53DA_1C17)
        return SimulatedDeviceIdentity(
            deviceID: DeviceID(unchecked: "1000" + hexadecimal(serial, digits: 6)),
            factoryKey: APIKey(unchecked: uuid(random.next(), random.next())),
            kind: kind
        )
    }

    /// A UUID text of version 4 from 128 bits.
    private static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        let digits = [
            hexadecimal(high >> 32, digits: 8),
            hexadecimal(high >> 16 & 0xFFFF, digits: 4),
            hexadecimal(0x4000 | high & 0x0FFF, digits: 4),
            hexadecimal(0x8000 | low >> 48 & 0x3FFF, digits: 4),
            hexadecimal(low & 0xFFFF_FFFF_FFFF, digits: 12),
        ]
        return digits.joined(separator: "-")
    }

    private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

extension Substring {
    /// Without the spaces and tabs at both ends.
    fileprivate var trimmingSpaces: Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
