import NIOCore

/// The `config` of a handshake's answer: whether the peer is to send heartbeats, and how often.
///
/// Source: `coolkit-websocket.md` §2 (`config`) and §3.
package struct Heartbeat: Hashable, Sendable {
    package var isOn: Bool
    /// `hbInterval`; left out of the answer when nil.
    package var intervalSeconds: Int?

    package init(isOn: Bool, intervalSeconds: Int?) {
        self.isOn = isOn
        self.intervalSeconds = intervalSeconds
    }
}

extension ByteBuffer {
    /// Writes `,"config":{"hb":1,"hbInterval":145}`.
    mutating func writeHeartbeat(_ heartbeat: Heartbeat) {
        writeStaticString(heartbeat.isOn ? ",\"config\":{\"hb\":1" : ",\"config\":{\"hb\":0")
        writeMember(",\"hbInterval\":", number: heartbeat.intervalSeconds.map(Int64.init))
        writeObjectEnd()
    }
}
