import Crypto
import Foundation
import NIOCore
import NIOHTTP1

/// Turns the first request of a connection into a WebSocket, if it asks for one in the right place.
///
/// Sources: RFC 6455 §4.2; coolkit-websocket.md §1 (keys are any text, no subprotocol or extension is answered, the
/// 101's status line is searched for by firmware as text and leaves alone in its record).
struct WebSocketUpgrader: NIOTypedHTTPServerProtocolUpgrader {
    typealias UpgradeResult = ListenerChannel.Outcome

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    let connection: AcceptedConnection

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        channel.eventLoop.makeCompletedFuture {
            // `HTTPRequestGuard` has checked and asked before it let the request through.
            guard connection.isAdmitted, let key = WebSocketRequest.key(of: upgradeRequest) else {
                throw WebSocketUpgradeError()
            }
            return [
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Accept": Self.acceptValue(for: key),
            ]
        }
    }

    func upgrade(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead
    ) -> EventLoopFuture<ListenerChannel.Outcome> {
        channel.eventLoop.makeCompletedFuture {
            try connection.becomeWebSocket(on: channel)
            return .webSocket
        }
    }

    /// The proof that the server speaks WebSocket: RFC 6455 §4.2.2.
    static func acceptValue(for key: String) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Data(key.utf8))
        hash.update(data: Data("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        return Data(hash.finalize()).base64EncodedString()
    }
}

/// What makes a request one for a WebSocket.
enum WebSocketRequest {
    static func path(of head: HTTPRequestHead, isIn paths: Set<String>) -> Bool {
        let path = head.uri.prefix { $0 != "?" }
        return paths.contains(String(path))
    }

    /// The key of a well-formed upgrade; nil if the request is not one.
    static func key(of head: HTTPRequestHead) -> String? {
        guard head.method == .GET, head.version == .http1_1 else { return nil }
        guard contains("websocket", in: head.headers[canonicalForm: "upgrade"]) else { return nil }
        guard contains("upgrade", in: head.headers[canonicalForm: "connection"]) else { return nil }
        guard head.headers.first(name: "sec-websocket-version")?.trimmed == "13" else { return nil }
        guard let key = head.headers.first(name: "sec-websocket-key")?.trimmed, !key.isEmpty else { return nil }
        return key
    }

    private static func contains(_ token: String, in values: [Substring]) -> Bool {
        values.contains { $0.lowercased() == token }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
