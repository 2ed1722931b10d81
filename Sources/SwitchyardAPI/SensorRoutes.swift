import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// `POST /api/user/device/update`: the report of a door sensor that keeps no socket.
///
/// No token and no app id: the sensor signs with its own key. Source: `coolkit-v1-http.md` §6.1.
struct SensorRoutes: Sendable {
    let sensors: SensorService
    let upgrades: UpgradeService

    func add(to router: Router<APIRequestContext>) {
        router.post("/api/user/device/update", use: report)
    }

    @Sendable
    private func report(_ request: Request, context: APIRequestContext) async throws -> Response {
        let body = try await RequestParameters.body(of: request)
        let report = try SensorReport(body, authorization: request.headers[.authorization])
        let device = try await sensors.take(report, from: context.connection.peerAddress)
        return SensorAnswer(
            device: device.id,
            sequence: report.sequence,
            upgrade: upgrades.pendingUpgrade(of: device, through: context.connection.localAddress)
        ).response
    }
}

extension SensorReport {
    /// Reads a request.
    ///
    /// Throws `invalidInput` for what is missing or of another kind, `deviceNotFound` for an id that no device can have, and
    /// `signatureWrong` where there is no signature at all.
    fileprivate init(_ body: ByteBuffer, authorization: String?) throws(SwitchyardError) {
        let parameters = try RequestParameters(body: body)
        let id = try parameters.required("deviceid")
        let sequence = try parameters.required("d_seq")
        guard SensorReport.isSequence(sequence) else {
            throw SwitchyardError(.invalidInput, "params is error: d_seq is no decimal number")
        }
        guard let value = parameters.value("params") else {
            throw SwitchyardError(.invalidInput, "params incomplete: params")
        }
        guard value.objectValue != nil else {
            throw SwitchyardError(.invalidInput, "params is error: params is no object")
        }
        let params = try Self.params(in: body)
        guard let device = DeviceID(id) else { throw SwitchyardError(.deviceNotFound, "device not found") }
        guard case .sign(let signature)? = authorization.flatMap({ AuthorizationHeader($0) }) else {
            throw SwitchyardError(.signatureWrong, "Sign:Authorization header is missing or malformed")
        }
        self.init(device: device, sequence: sequence, params: params, signature: signature)
    }

    /// The bytes of `params` as the sensor wrote them.
    private static func params(in body: ByteBuffer) throws(SwitchyardError) -> ByteBuffer {
        let envelope: Envelope
        do {
            envelope = try Envelope(scanning: body)
        } catch {
            throw SwitchyardError(.invalidInput, "params is error: a member occurs twice", underlying: error)
        }
        guard let params = envelope.params else { throw SwitchyardError(.invalidInput, "params incomplete: params") }
        return envelope.slice(params)
    }
}

/// The answer to a sensor's report.
///
/// The firmware searches the whole answer as text: for `error`, whose value ends at the next `,"`, so it comes first and another
/// member follows; and for `downloadUrl`, which may stand in it only when there is something to download, and has to be
/// followed by another text. It reads 2047 bytes at the most. Source: `coolkit-v1-http.md` §6.1.
struct SensorAnswer {
    let device: DeviceID
    let sequence: String
    /// What the operator has asked the sensor to download, if it fits the firmware's buffer.
    let upgrade: UpgradeMessage.Bin?

    /// The sensor keeps 128 bytes for the address.
    ///
    /// Source: `coolkit-device-side.md` §7.
    private static let maximumURLBytes = 127

    var response: Response {
        .object(capacity: 128) { object in
            object.add("error", 0)
            // An id is free text; one with this text in it would start a download.
            if !device.rawValue.contains("downloadUrl") { object.add("deviceid", device.rawValue) }
            guard let upgrade, upgrade.downloadURL.utf8.count <= Self.maximumURLBytes else {
                return object.add("d_seq", sequence)
            }
            object.add("upgrade", upgrade.json)
        }
    }
}
