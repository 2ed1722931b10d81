import CoolkitWire
import NIOCore

/// The identifiers of the examples in the protocol pages.
enum Sample {
    static let deviceID = DeviceID(unchecked: "1000a1b2c3")
    static let ownerAPIKey = APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220001")
    static let factoryAPIKey = APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455550001")
    static let partnerAPIKey = APIKey(unchecked: "aaaa1111-bbbb-4ccc-8ddd-eeee22220002")
    static let appID = AppID(unchecked: "SYdemoAppId000000000000000000001")
    static let sequence = SequenceText("1700000300100")
    static let heartbeat = Heartbeat(isOn: true, intervalSeconds: 145)
}

func buffer(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

func text(_ buffer: ByteBuffer?) -> String? { buffer.map { String(buffer: $0) } }
