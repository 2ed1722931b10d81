import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore
import SwitchyardTransport

/// `/dispatch/...`: which hub an app or a device shall connect to.
///
/// Source: `coolkit-v1-http.md` §5.
struct DispatchRoutes: Sendable {
    let authenticator: RequestAuthenticator
    let devices: DeviceService
    let keys: DeviceKeyLimits
    let directory: DispatchDirectory
    let settings: ProtocolSettings

    func add(to router: Router<APIRequestContext>) {
        router.post("/dispatch/app", use: dispatchApp)
        router.get("/dispatch/app", use: dispatchAppByQuery)
        router.post("/dispatch/device", use: dispatchDevice)
        router.get("/dispatch/device", use: dispatchDeviceSimply)
        router.get("/dispatch/deviceSimple", use: dispatchDeviceSimply)
        for path in Set(settings.simpleDispatchPaths) {
            router.get(RouterPath(path.description), use: dispatchDeviceSimply)
        }
    }

    /// The body may be absent, and everything in it.
    ///
    /// Source: `coolkit-v1-http.md` §5.1.
    @Sendable
    private func dispatchApp(_ request: Request, context: APIRequestContext) async throws -> Response {
        _ = try authenticator.grant(of: request)
        let body = try await RequestParameters.body(of: request)
        let parameters = try body.readableBytes == 0 ? RequestParameters() : RequestParameters(body: body)
        try authenticator.checkGeneralParameters(parameters)
        try checkAcceptance(parameters)
        return answerApp(requestID: parameters.requestID, context: context)
    }

    /// Belongs to version 2 and asks for no parameters; a token that is there has to be good.
    ///
    /// One client sends none, and takes every `reason` but `ok` for the end of it. What it is told is no secret: devices are
    /// told without one as well. Source: `coolkit-v1-http.md` §5.2; `ewelink-api-next`, `src/web/wss/index.ts`.
    @Sendable
    private func dispatchAppByQuery(_ request: Request, context: APIRequestContext) throws -> Response {
        if request.headers[.authorization] != nil { _ = try authenticator.grant(of: request) }
        return answerApp(requestID: RequestParameters(queryOf: request).requestID, context: context)
    }

    /// `accept` has `ws` among what it lists, if it is there.
    private func checkAcceptance(_ parameters: RequestParameters) throws(SwitchyardError) {
        guard let accept = parameters.value("accept") else {
            guard settings.strictGeneralParams else { return }
            throw SwitchyardError(.invalidInput, "params incomplete: accept")
        }
        guard let text = accept.stringValue, text.contains("ws") else {
            throw SwitchyardError(.invalidInput, "params is error: accept has no ws")
        }
    }

    private func answerApp(requestID: String?, context: APIRequestContext) -> Response {
        let hub = directory.hubForApps(context.connection)
        return .object { object in
            object.add("port", hub.port)
            object.add("IP", hub.ipv4)
            object.add("reason", "ok")
            object.add("domain", hub.domain)
            object.add("error", 0)
            if let requestID { object.add("requestid", requestID) }
        }
    }

    /// Unknown devices are answered all the same, they are refused at `register`; `ts` is not wall time.
    ///
    /// Nothing is learned any more from an address that has sent too many wrong keys, as the time of learning would tell a right one.
    /// Source: `coolkit-v1-http.md` §5.3.
    @Sendable
    private func dispatchDevice(_ request: Request, context: APIRequestContext) async throws -> Response {
        let parameters = try RequestParameters(body: try await RequestParameters.body(of: request))
        if let device = DeviceRegistration(dispatchOf: parameters) {
            try await learn(from: device, at: context.connection.peerAddress)
        }
        return answerDevice(context)
    }

    private func learn(from device: DeviceRegistration, at address: String) async throws {
        guard !keys.isBlocked(device.id, from: address) else { return }
        if try await !devices.learn(fromDispatchOf: device) { keys.countWrongKey(of: device.id, from: address) }
    }

    /// For sensors that send no body.
    ///
    /// Source: `coolkit-v1-http.md` §5.4.
    @Sendable
    private func dispatchDeviceSimply(_ request: Request, context: APIRequestContext) -> Response {
        answerDevice(context)
    }

    /// Exactly these four members, well below 128 bytes.
    private func answerDevice(_ context: APIRequestContext) -> Response {
        let hub = directory.hubForDevices(context.connection)
        return .object(capacity: 128) { object in
            object.add("error", 0)
            object.add("reason", "ok")
            object.add("IP", hub.ipv4)
            object.add("port", hub.port)
        }
    }
}

extension DeviceRegistration {
    /// What a device tells of itself at dispatch; nil where that is nothing new.
    ///
    /// The model stands there as it does in `register`. Source: `coolkit-v1-http.md` §5.3.
    fileprivate init?(dispatchOf parameters: RequestParameters) {
        guard let id = parameters.text("deviceid").flatMap({ DeviceID($0) }),
            let factoryKey = parameters.text("apikey").flatMap({ APIKey($0) }),
            let model = parameters.text("model"), model.utf8.count <= 64
        else { return nil }
        self.init(id: id, factoryKey: factoryKey, version: nil, model: model)
    }
}
