import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// What a released client puts on the wire, request by request, with the headers and bodies that its source has.
struct ReplayedClient: Sendable {
    let rig: TLSRig
    /// Headers of the client's HTTP library, on every request.
    var standing: [(name: String, value: String)] = []
    /// Headers of calls that bear a token, beside it.
    var whileLoggedIn: [(name: String, value: String)] = []
    var token = ""
    var apiKey = ""

    init(_ rig: TLSRig) { self.rig = rig }

    /// Logs in with this very body; keeps the token and the apikey, and gives `data`.
    @discardableResult
    mutating func logIn(
        body: String,
        headers: [(name: String, value: String)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let answer = try await signed("/v2/user/login", body: body, headers: headers)
        #expect(answer.error == 0, "\(answer.text)", sourceLocation: sourceLocation)
        let data = try #require(answer["data"], sourceLocation: sourceLocation)
        token = try #require(data["at"]?.stringValue, sourceLocation: sourceLocation)
        apiKey = try #require(data["user"]?["apikey"]?.stringValue, sourceLocation: sourceLocation)
        return data
    }

    /// A call before log-in, signed over its body.
    func signed(
        _ target: String,
        body: String,
        headers: [(name: String, value: String)] = []
    ) async throws -> APIAnswer {
        var request = APIRequest(method: "POST", target: target)
        request.headers = standing + headers
        request.body = body
        return try await rig.send(request.signed(TLSRig.secret))
    }

    func get(_ target: String) async throws -> APIAnswer { try await call("GET", target, body: nil, []) }

    func delete(_ target: String) async throws -> APIAnswer { try await call("DELETE", target, body: nil, []) }

    func post(
        _ target: String,
        body: String,
        headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
    ) async throws -> APIAnswer {
        try await call("POST", target, body: body, headers)
    }

    private func call(
        _ method: String,
        _ target: String,
        body: String?,
        _ headers: [(name: String, value: String)]
    ) async throws -> APIAnswer {
        var request = APIRequest(method: method, target: target)
        request.headers = standing + [("Authorization", "Bearer \(token)")] + whileLoggedIn + headers
        request.body = body
        return try await rig.send(request)
    }

    /// The homes, by id and name.
    func homes(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [JSON] {
        let answer = try await get("/v2/family")
        #expect(answer.error == 0, "\(answer.text)", sourceLocation: sourceLocation)
        return try #require(answer["data"]?["familyList"]?.arrayValue, sourceLocation: sourceLocation)
    }

    /// The things that a query gives, with how many there are in all.
    func things(
        _ query: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (items: [JSON], total: Int?) {
        let answer = try await get("/v2/device/thing?\(query)")
        #expect(answer.error == 0, "\(answer.text)", sourceLocation: sourceLocation)
        let items = try #require(answer["data"]?["thingList"]?.arrayValue, sourceLocation: sourceLocation)
        return (items, answer["data"]?["total"]?.intValue)
    }

    /// Opens the socket with this very first message; its answer must be a good one.
    func socket(
        _ userOnline: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestPeer {
        let socket = try await TestPeer("replayed client", to: rig.server)
        try await socket.send(userOnline)
        let answer = try JSON(parsing: try await socket.nextText())
        #expect(answer["error"] == 0, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(answer["config"]?["hb"] == 1, sourceLocation: sourceLocation)
        #expect((answer["config"]?["hbInterval"]?.intValue ?? 0) > 60, sourceLocation: sourceLocation)
        return socket
    }
}

extension TestPeer {
    /// The next message that has this member; others before it are passed over.
    func next(with member: String, _ value: JSON) async throws -> JSON {
        while true {
            let message = try JSON(parsing: try await nextText())
            if message[member] == value { return message }
        }
    }

    /// Sends a command as an app does, has the device do it, and gives what the app hears of it.
    func command(_ command: String, sequence: JSON, by device: TestPeer) async throws -> JSON {
        try await send(command)
        try await device.answer(try await device.nextText())
        return try await next(with: "sequence", sequence)
    }
}
