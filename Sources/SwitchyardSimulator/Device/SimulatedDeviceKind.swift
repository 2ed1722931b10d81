/// The kinds of device that can be simulated.
///
/// Source: `uiid-catalogue.md` §3-§6.
package enum SimulatedDeviceKind: Int, Sendable, Hashable, CaseIterable {
    /// A one-channel switch, such as Basic, Mini and S20.
    case singleSwitch = 1
    /// A four-channel switch, such as 4CH; its channels are told apart by `outlet`.
    case fourChannelSwitch = 4
    /// A switch that measures, such as POW of the first generation; values are texts in natural units.
    case powerMeter = 5
    /// A thermostat switch with a sensor, such as TH10 and TH16; values are texts.
    case thermoHygrometer = 15

    /// The number by which apps choose their controls.
    package var uiid: Int { rawValue }

    /// What the factory wrote into the device.
    ///
    /// Source: `uiid-catalogue.md` §11.
    package var model: String {
        switch self {
        case .singleSwitch: "PSF-B01-GL"
        case .fourChannelSwitch: "PSF-B04-GL"
        case .powerMeter: "PSF-B67-GL"
        case .thermoHygrometer: "PSA-BHA-GL"
        }
    }
}
