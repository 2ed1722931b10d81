import CoolkitWire
import NIOHTTP1
import NIOSSL

/// The way of simulated devices to one server: dispatch over HTTP, then the WebSocket.
///
/// Many devices share one.
package struct DeviceNetwork: Sendable {
    /// How many devices dispatch and connect at a time, unless told otherwise.
    package static let defaultConnectLimit = 32

    private let server: ServerAddress
    private let http: HTTPCaller
    private let tls: NIOSSLContext?
    /// One permit for each attempt that may be under way.
    private let permits: Inbox<Void>

    /// - Throws: `SimulatorError` if the trust cannot be set up.
    private init(server: ServerAddress, trust: ServerTrust, connectLimit: Int, http: HTTPCaller) throws(SimulatorError)
    {
        self.server = server
        self.http = http
        tls = server.usesTLS ? try trust.makeContext() : nil
        permits = Inbox(capacity: connectLimit)
        for _ in 0..<connectLimit { _ = permits.deliver(()) }
    }

    /// Runs `body` with a network that is shut down afterwards, whatever happens.
    ///
    /// - Parameter connectLimit: how many devices dispatch and connect at a time, at least 1.
    package static func with<Result>(
        server: ServerAddress,
        trust: ServerTrust,
        connectLimit: Int = Self.defaultConnectLimit,
        _ body: (DeviceNetwork) async throws -> Result
    ) async throws -> Result {
        try await withHTTPCaller(to: server, trust: trust) { http in
            let network = try DeviceNetwork(
                server: server,
                trust: trust,
                connectLimit: max(1, connectLimit),
                http: http
            )
            return try await body(network)
        }
    }

    /// Asks dispatch where to go, connects there and upgrades; everything that arrives goes to `deliver`.
    func connect(
        dispatch: JSONObject,
        firmware: DeviceFirmware,
        delivering deliver: @escaping @Sendable (WebSocketEvent) -> Bool
    ) async throws -> WebSocketConnection {
        try await permits.next { _ in true }
        defer { _ = permits.deliver(()) }
        let address = try await hub(dispatch: dispatch, firmware: firmware)
        return try await WebSocketClient(address: address, tls: tls, style: firmware.upgradeStyle)
            .connect(delivering: deliver)
    }

    /// Posts the report of a sensor and gives the answer's body.
    ///
    /// Source: `coolkit-v1-http.md` §6.1.
    func post(_ report: SensorPost) async throws -> JSONObject {
        try await permits.next { _ in true }
        defer { _ = permits.deliver(()) }
        let headers: HTTPHeaders = ["Content-Type": "application/json", "Authorization": report.authorization]
        let reply = try await http.call(.POST, SensorPost.path, headers: headers, body: report.body.buffer)
        guard let answer = reply.json?.objectValue else {
            throw SimulatorError(
                .unexpectedAnswer,
                "the report was answered with HTTP \(reply.status)",
                number: reply.status
            )
        }
        return answer
    }

    /// The address that dispatch names; encrypted as the server's own is.
    ///
    /// Source: `coolkit-v1-http.md` §5.3 and §5.4.
    private func hub(dispatch: JSONObject, firmware: DeviceFirmware) async throws -> ServerAddress {
        let reply: HTTPReply
        if firmware == .opl {
            reply = try await http.call(.GET, "/dispatch/device")
        } else {
            let headers: HTTPHeaders = ["Content-Type": "application/json"]
            reply = try await http.call(
                .POST,
                "/dispatch/device",
                headers: headers,
                body: JSON.object(dispatch).buffer
            )
        }
        guard reply.status == 200, let json = reply.json else {
            throw SimulatorError(.unexpectedAnswer, "dispatch answered with HTTP \(reply.status)", number: reply.status)
        }
        return try ServerAddress(dispatch: json, from: server)
    }
}

extension ServerAddress {
    /// Reads an answer of dispatch.
    ///
    /// `domain`, which only apps get, is the name to verify.
    ///
    /// Source: `coolkit-v1-http.md` §5.1 and §5.3.
    init(dispatch answer: JSON, from server: ServerAddress) throws(SimulatorError) {
        guard answer["error"]?.intValue == 0 else {
            let reason = answer["reason"]?.stringValue ?? "no reason given"
            throw SimulatorError(.refused, "dispatch refused: \(reason)", number: answer["error"]?.intValue)
        }
        guard let host = answer["IP"]?.stringValue, !host.isEmpty, let port = answer["port"]?.intValue,
            (1...65_535).contains(port)
        else { throw SimulatorError(.unexpectedAnswer, "the answer of dispatch has no IP and port") }
        let domain = answer["domain"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        // Without a domain: the name by which dispatch was reached, unless that was an address.
        let name = domain ?? server.certificateName ?? (server.host == host ? nil : server.hostName)
        self.init(host: host, port: port, usesTLS: server.usesTLS, certificateName: name)
    }
}
