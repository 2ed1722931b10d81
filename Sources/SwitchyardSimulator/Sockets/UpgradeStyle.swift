import FoundationEssentials
import NIOCore

/// How the upgrade request is written, byte by byte.
///
/// Source of the two firmware forms: `coolkit-device-side.md` §4.
package enum UpgradeStyle: Sendable, Hashable, CaseIterable {
    /// As RFC 6455 asks, with a fresh key and fresh masks.
    case standard
    /// As Sonoff firmware 1.5.5: fixed `Host`, fixed key, lower-case `upgrade`.
    case sonoff155
    /// As the OPL firmware: `Origin`, a bare line feed after the key, one constant mask.
    case opl

    /// The value of `Sec-WebSocket-Key` for one request.
    func makeKey() -> String {
        switch self {
        case .standard: Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        case .sonoff155: "ITEADTmobiM0x1DabcEsnw=="
        case .opl: "AAECAwQFBgcICQoLDA0ODw=="
        }
    }

    /// The bytes of the request for `path` with `key`.
    func request(to address: ServerAddress, path: String, key: String) -> ByteBuffer {
        switch self {
        case .standard:
            ByteBuffer(
                string: """
                    GET \(path) HTTP/1.1\r
                    Host: \(ServerAddress(host: address.certificateName ?? address.host, port: address.port).authority)\r
                    Connection: Upgrade\r
                    Upgrade: websocket\r
                    Sec-WebSocket-Key: \(key)\r
                    Sec-WebSocket-Version: 13\r
                    \r\n
                    """
            )
        case .sonoff155:
            ByteBuffer(
                string: """
                    GET \(path) HTTP/1.1\r
                    Host: iotgo.iteadstudio.com\r
                    Connection: upgrade\r
                    Upgrade: websocket\r
                    Sec-WebSocket-Key: \(key)\r
                    Sec-WebSocket-Version: 13\r
                    \r\n
                    """
            )
        case .opl:
            ByteBuffer(
                string: """
                    GET \(path) HTTP/1.1\r
                    Host: \(address.authority)\r
                    Upgrade: websocket\r
                    Connection: Upgrade\r
                    Origin: http://\(address.authority)\r
                    Sec-WebSocket-Key: \(key)
                    Sec-WebSocket-Version: 13\r
                    \r\n
                    """
            )
        }
    }
}
