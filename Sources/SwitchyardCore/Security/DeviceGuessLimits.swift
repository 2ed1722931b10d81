/// How often the ids and keys of devices may be guessed at over HTTP.
///
/// Each way that a device comes by counts for itself: what one of them says nothing about must not be read off another. A dispatch
/// is answered alike whatever stands in it; did it count where reports count, a report would tell whether there was a device.
package struct DeviceGuessLimits: Sendable {
    /// Reports of sensors.
    package let reports: DeviceKeyLimits
    /// Downloads of firmware.
    package let downloads: DeviceKeyLimits
    /// What devices tell at dispatch.
    package let dispatches: DeviceKeyLimits
    /// The ids about which an address has been told whether there is such a device, by a report or by `register`.
    package let ids: DeviceIDLimits

    package init(_ settings: ProtocolSettings, clock: MonotonicClock) {
        func limits() -> DeviceKeyLimits {
            DeviceKeyLimits(
                perDevice: settings.failedReportsPerDevice,
                perAddress: settings.failedReportsPerAddress,
                clock: clock
            )
        }
        (reports, downloads, dispatches) = (limits(), limits(), limits())
        ids = DeviceIDLimits(
            settings.unknownDevicesPerAddress,
            unheardKeys: settings.failedHandshakeLimit,
            clock: clock
        )
    }
}
