/// A connected device, as the rest of the server sees it: takes commands, can be closed.
///
/// Implemented by the hub.
///
/// Every function may be called from any thread and returns at once; the work happens on the connection's event loop.
package protocol DeviceLink: AnyObject, Sendable {
    /// Sends the command to the device, or fails it when the link is gone. The link owns the command until it is finished.
    func deliver(_ command: DeviceCommand)

    /// Tells that a report of this device is in the store (`succeeded`) or was refused by it.
    ///
    /// `ticket` is the number the link gave when it handed the report in.
    func reportStored(ticket: UInt64, succeeded: Bool)

    /// Ends the connection.
    func close(_ reason: DeviceLinkClosure)

    /// Asks the device for a sign of life; `answer` is called once, with false after `limit` without one.
    func probe(within limit: Duration, answer: @escaping @Sendable (Bool) -> Void)

    /// The server's own address on this connection, as numeric text: how the device reaches it.
    var localAddress: String? { get }
}

extension DeviceLink {
    /// A link that is no socket has no address.
    package var localAddress: String? { nil }
}

/// Why the server ends a device's connection.
package enum DeviceLinkClosure: Sendable {
    /// A newer session of the same device took over.
    case replaced
    /// The device was removed from its account; its next `register` will be refused.
    case deviceRemoved
    /// An operator asked for it.
    case byOperator
}
