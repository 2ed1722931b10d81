package import CoolkitWire

/// A device with its state at one moment.
package struct DeviceSnapshot: Sendable {
    package internal(set) var device: Device
    /// A JSON object in UTF-8.
    package let params: [UInt8]
    package let isOnline: Bool
    package let onlineTime: UnixTime?
    package let offlineTime: UnixTime?
    /// Numeric address of the last connection; empty before the first.
    package let address: String
    /// Whom the device is shared with; empty in a receiver's view.
    package internal(set) var sharedTo: [Share] = []
    /// The share by which a receiver sees the device; nil in the owner's view.
    package internal(set) var sharedBy: Share?
    /// Set in the view of a receiver, who must not be able to pose as the device.
    var hidesKey = false

    /// What whoever asked may see of the device's own apikey: `devicekey`.
    ///
    /// Nil as long as it is not known, and for receivers.
    package var deviceKey: APIKey? { hidesKey ? nil : device.factoryKey }
}
