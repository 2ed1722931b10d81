package import CoolkitWire
package import NIOCore
package import NIOHTTP1
import Synchronization

/// An app: logs in, lists its devices, asks dispatch, connects, shakes hands and switches.
///
/// Each step is a method of its own. It has no task: what arrives is sorted into an inbox and waits there for who asks.
/// Whoever makes one shuts it down; `withSimulatedApp` does both.
package final class SimulatedApp: Sendable {
    /// How long an answer or a push may take unless told otherwise.
    package static let defaultLimit = Duration.seconds(10)
    /// The most arrivals kept for later; beyond that the connection is closed.
    package static let maximumWaiting = 4_096

    private struct State {
        var session: AppSession?
        var hub: ServerAddress?
        var link: AppLink?
        var lastSequence: Int64 = 0
    }

    package let server: ServerAddress
    package let credentials: AppCredentials
    private let trust: ServerTrust
    private let http: HTTPCaller
    private let now: @Sendable () -> UnixTime
    private let state = Mutex(State())

    /// - Parameters:
    ///   - trust: what the server's certificate is checked against, for HTTP and WebSocket alike.
    ///   - callLimit: how long an HTTP call may take.
    ///   - now: the wall time, for `ts` and `sequence`; `nil` is that of this machine.
    /// - Throws: `SimulatorError` if the trust cannot be set up.
    package init(
        server: ServerAddress,
        trust: ServerTrust,
        credentials: AppCredentials,
        callLimit: TimeAmount = HTTPCaller.callLimit,
        now: (@Sendable () -> UnixTime)? = nil
    ) throws(SimulatorError) {
        self.server = server
        self.credentials = credentials
        self.trust = trust
        self.now = now ?? { .now }
        http = try HTTPCaller(address: server, trust: trust, callLimit: callLimit)
    }

    /// The session of the last log-in.
    package var session: AppSession? { state.withLock { $0.session } }

    /// Closes the WebSocket, if any, and all HTTP connections.
    package func shutDown() async throws {
        await close()
        try await http.shutDown()
    }

    // MARK: The six steps. Source: `coolkit-v1-http.md` §1, "Order of an app's calls".

    /// Step 1: logs in and keeps the tokens.
    ///
    /// - Throws: `SimulatorError` with code `refused` and the number of the answer.
    @discardableResult
    package func logIn() async throws -> AppSession {
        let reply = try await call(
            .POST,
            "/api/user/login",
            .sign,
            body: [
                credentials.accountField: .string(credentials.account), "password": .string(credentials.password),
            ]
        )
        let session = try AppSession(answer: reply)
        state.withLock { $0.session = session }
        return session
    }

    /// Step 2: the account's devices, as the server shows them.
    package func devices() async throws -> [JSONObject] {
        let reply = try await call(.GET, "/api/user/device", .bearer, query: [("lang", "en"), ("getTags", "1")])
        try Self.check(reply, of: "the device list")
        guard let list = (reply.json?["devicelist"] ?? reply.json)?.arrayValue else {
            throw SimulatorError(.unexpectedAnswer, "the answer to the device list has no devicelist")
        }
        return list.compactMap(\.objectValue)
    }

    /// Step 3: where the WebSocket is.
    @discardableResult
    package func dispatch() async throws -> ServerAddress {
        let reply = try await call(.POST, "/dispatch/app", .bearer, body: ["accept": "ws"])
        guard let json = reply.json else {
            throw SimulatorError(.unexpectedAnswer, "dispatch answered with HTTP \(reply.status)", number: reply.status)
        }
        let hub = try ServerAddress(dispatch: json, from: server)
        state.withLock { $0.hub = hub }
        return hub
    }

    /// Step 4: opens the WebSocket to `address`, or to where the last dispatch pointed; an older one is closed.
    package func connect(to address: ServerAddress? = nil) async throws {
        guard let target = address ?? state.withLock({ $0.hub }) else {
            throw SimulatorError(.invalidInput, "connect needs an address: call dispatch first")
        }
        await close()
        let link = try await AppLink(WebSocketClient(address: target, trust: trust))
        state.withLock { $0.link = link }
    }

    /// Step 5: tells the server who this is.
    ///
    /// - Returns: the answer.
    /// - Throws: `SimulatorError` with code `refused` if it has another `error` than 0.
    @discardableResult
    package func handshake(within limit: Duration = defaultLimit) async throws -> JSONObject {
        guard let session else { throw SimulatorError(.invalidInput, "the handshake needs a log-in first") }
        let sequence = nextSequence()
        let message = AppRequests.userOnline(
            accessToken: session.accessToken,
            apiKey: session.apiKey,
            appID: credentials.appID,
            timestamp: now().seconds,
            nonce: Self.makeNonce(),
            sequence: SequenceText(sequence)
        )
        let answer = try await requireLink().exchange(message, sequence: sequence, within: limit)
        if let error = answer["error"]?.intValue, error != 0 {
            throw SimulatorError(.refused, "the handshake was refused with error \(error)", number: error)
        }
        return answer
    }

    /// Step 6: commands a device, and gives the answer whatever its `error`.
    ///
    /// - Parameters:
    ///   - owner: the apikey of the device's owner; `nil` is this account's.
    package func update(
        _ deviceID: DeviceID,
        owner: APIKey? = nil,
        params: JSON,
        within limit: Duration = defaultLimit
    ) async throws -> JSONObject {
        let apiKey = try requireSession().apiKey
        let sequence = nextSequence()
        let message = AppRequests.update(
            deviceID: deviceID,
            apiKey: owner ?? apiKey,
            selfAPIKey: owner.map { _ in apiKey },
            sequence: SequenceText(sequence),
            params: params.buffer
        )
        return try await requireLink().exchange(message, sequence: sequence, within: limit)
    }

    /// Steps 1, 3, 4 and 5 in one.
    package func start() async throws {
        try await logIn()
        try await dispatch()
        try await connect()
        try await handshake()
    }

    // MARK: Further messages

    /// Asks for stored params by name, all with `[]`, and gives the answer whatever its `error`.
    package func query(
        _ deviceID: DeviceID,
        owner: APIKey? = nil,
        names: [String] = [],
        within limit: Duration = defaultLimit
    ) async throws -> JSONObject {
        let apiKey = try requireSession().apiKey
        let sequence = nextSequence()
        let message = AppRequests.query(
            deviceID: deviceID,
            apiKey: owner ?? apiKey,
            sequence: SequenceText(sequence),
            names: names
        )
        return try await requireLink().exchange(message, sequence: sequence, within: limit)
    }

    /// Sends the text `ping` and waits for the text `pong`.
    ///
    /// Source: `coolkit-websocket.md` §3.
    package func ping(within limit: Duration = defaultLimit) async throws {
        let link = try requireLink()
        try await link.connection.send("ping")
        _ = try await link.next("the text pong", within: limit) { $0 == .text("pong") ? () : nil }
    }

    /// Sends any text.
    package func send(_ text: String) async throws { try await requireLink().connection.send(text) }

    /// The next push that `wants` accepts, taken out; others stay.
    package func nextPush(
        within limit: Duration = defaultLimit,
        where wants: @escaping @Sendable (JSONObject) -> Bool = { _ in true }
    ) async throws -> JSONObject {
        try await requireLink().next("a push", within: limit) { arrival in
            guard case .push(let push) = arrival, wants(push) else { return nil }
            return push
        }
    }

    /// The next answer that `wants` accepts, for messages that were sent with `send`.
    package func nextAnswer(
        within limit: Duration = defaultLimit,
        where wants: @escaping @Sendable (JSONObject) -> Bool = { _ in true }
    ) async throws -> JSONObject {
        try await requireLink().next("an answer", within: limit) { arrival in
            guard case .answer(let answer) = arrival, wants(answer) else { return nil }
            return answer
        }
    }

    /// Waits for the server to close the WebSocket, and gives its close code; what came before stays.
    package func closeCode(within limit: Duration = defaultLimit) async throws -> UInt16? {
        try await requireLink().next("the server to close", within: limit) { arrival in
            guard case .closed(let code) = arrival else { return nil }
            return .some(code)
        }
    }

    /// Takes out everything that has arrived and was not asked for.
    package func drainArrivals() throws -> [AppArrival] { try requireLink().inbox.drain() }

    /// Closes the WebSocket, if there is one.
    package func close(code: UInt16 = 1_000) async {
        let link = state.withLock { state in
            defer { state.link = nil }
            return state.link
        }
        await link?.connection.close(code: code)
    }

    // MARK: HTTP

    /// Makes an HTTP call with the general parameters in the query (GET, DELETE) or in the body.
    ///
    /// Source: `coolkit-v1-http.md` §1.1 and §1.2.
    /// - Parameters:
    ///   - general: false leaves the general parameters out; members given here win over them.
    package func call(
        _ method: HTTPMethod,
        _ path: String,
        _ authorization: AppAuthorization,
        query: [(String, String)] = [],
        body: JSONObject? = nil,
        headers: HTTPHeaders = [:],
        general: Bool = true
    ) async throws -> HTTPReply {
        let token = authorization == .bearer ? try requireSession().accessToken : nil
        let request = AppRequest(
            method: method,
            query: query,
            body: body,
            general: general ? generalParameters() : nil
        )
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        switch authorization {
        case .sign:
            let signature = RequestSignature.sign(request.signedMessage, secret: credentials.appSecret)
            headers.replaceOrAdd(name: "Authorization", value: "Sign \(signature)")
        case .bearer: headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token ?? "")")
        case .none: break
        }
        return try await http.call(method, path, query: request.query, headers: headers, body: request.body)
    }

    private func generalParameters() -> GeneralParameters {
        GeneralParameters(appID: credentials.appID, nonce: Self.makeNonce(), timestamp: now().seconds)
    }

    // MARK: State

    private func requireSession() throws(SimulatorError) -> AppSession {
        guard let session else { throw SimulatorError(.invalidInput, "this needs a log-in first") }
        return session
    }

    private func requireLink() throws(SimulatorError) -> AppLink {
        guard let link = state.withLock({ $0.link }) else {
            throw SimulatorError(.connectionClosed, "the app has no WebSocket: call connect first")
        }
        return link
    }

    /// The time in milliseconds, or the next number if that was used: no two are alike.
    private func nextSequence() -> String {
        let milliseconds = now().milliseconds
        return state.withLock { state in
            state.lastSequence = max(milliseconds, state.lastSequence + 1)
            return String(state.lastSequence)
        }
    }

    /// Eight letters and digits.
    ///
    /// Source: `coolkit-v1-http.md` §1.1.
    private static func makeNonce() -> String {
        String((0..<8).compactMap { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() })
    }

    private static func check(_ reply: HTTPReply, of what: String) throws(SimulatorError) {
        guard let error = reply.error, error != 0 else { return }
        let text = reply.json?["msg"]?.stringValue ?? "no reason given"
        throw SimulatorError(.refused, "\(what) was refused with error \(error): \(text)", number: error)
    }
}

/// Runs `body` with an app that is shut down afterwards, whatever happens.
package func withSimulatedApp<Result>(
    server: ServerAddress,
    trust: ServerTrust,
    credentials: AppCredentials,
    callLimit: TimeAmount = HTTPCaller.callLimit,
    _ body: (SimulatedApp) async throws -> Result
) async throws -> Result {
    let app = try SimulatedApp(server: server, trust: trust, credentials: credentials, callLimit: callLimit)
    let result: Result
    do {
        result = try await body(app)
    } catch {
        // The first failure is the one to tell.
        try? await app.shutDown()
        throw error
    }
    try await app.shutDown()
    return result
}
