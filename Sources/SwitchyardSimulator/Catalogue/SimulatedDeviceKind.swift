/// A kind of device that can be simulated: one of the catalogue, by its uiid.
///
/// Source: `uiid-catalogue.md`.
package struct SimulatedDeviceKind: Sendable, Hashable {
    /// The number by which apps choose their controls.
    package let uiid: Int

    private init(known uiid: Int) { self.uiid = uiid }

    /// Takes a uiid of the catalogue.
    package init?(uiid: Int) {
        guard DeviceCatalogue.family(uiid) != nil else { return nil }
        self.uiid = uiid
    }

    /// A one-channel switch, such as Basic, Mini and S20.
    package static let singleSwitch = SimulatedDeviceKind(known: 1)
    /// A four-channel switch, such as 4CH; its channels are told apart by `outlet`.
    package static let fourChannelSwitch = SimulatedDeviceKind(known: 4)
    /// A switch that measures, such as POW of the first generation; values are texts in natural units.
    package static let powerMeter = SimulatedDeviceKind(known: 5)
    /// A thermostat switch with a sensor, such as TH10 and TH16; values are texts.
    package static let thermoHygrometer = SimulatedDeviceKind(known: 15)

    /// All kinds, by uiid.
    package static var all: [SimulatedDeviceKind] { DeviceCatalogue.families.map { Self(known: $0.uiid) } }

    /// What is known of the kind.
    package var family: DeviceFamily {
        guard let family = DeviceCatalogue.family(uiid) else { preconditionFailure("uiid \(uiid) is in no table") }
        return family
    }
}

/// The families of devices, by uiid.
package enum DeviceCatalogue {
    /// All families, in the order of their uiids.
    package static let families: [DeviceFamily] = [
        DeviceFamily.singleChannel, DeviceFamily.multiChannel, DeviceFamily.meters, DeviceFamily.climate,
        DeviceFamily.sensors, DeviceFamily.lights, DeviceFamily.covers, DeviceFamily.gateways, DeviceFamily.remotes,
        DeviceFamily.subDeviceSwitches, DeviceFamily.subDeviceSensors, DeviceFamily.namesOnly,
    ].flatMap { $0 }.sorted { $0.uiid < $1.uiid }

    private static let byUIID = Dictionary(families.map { ($0.uiid, $0) }) { first, _ in first }

    package static func family(_ uiid: Int) -> DeviceFamily? { byUIID[uiid] }
}
