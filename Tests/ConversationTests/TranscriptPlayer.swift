import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

/// Plays a transcript against a server and compares what comes back, line by line.
struct TranscriptPlayer {
    let stage: Stage
    /// Values of `$name`; filled in by the stage before and by patterns on the way.
    var bindings: [String: String]
    private var peers: [String: TestPeer] = [:]
    /// What the sensors among them were answered and nobody has looked at yet.
    private var answers: [String: [String]] = [:]
    /// Peers that take nothing from their socket, and so cannot be pinged.
    private var stalled: Set<String> = []

    private var server: TestServer { stage.server }

    init(_ stage: Stage) {
        self.stage = stage
        bindings = stage.bindings
    }

    mutating func play(_ transcript: Transcript, sourceLocation: SourceLocation) async throws {
        for line in transcript.lines {
            do {
                try await play(line.step)
            } catch {
                Issue.record("line \(line.number), \(line.text): \(error)", sourceLocation: sourceLocation)
                break
            }
        }
        for peer in peers.values { peer.abort() }
    }

    private mutating func play(_ step: Transcript.Step) async throws {
        switch step {
        case .open(let name, let listener, let style): try await open(name, listener, style: style)
        case .online(let name, let account): try await online(name, account: account)
        case .registers(let name, let deviceID): try await register(name, deviceID: deviceID)
        case .post(let name, let sequence, let params): try await post(name, sequence: sequence, params: params)
        case .drop(let name): try await drop(name)
        case .stall(let name):
            try await peer(name).stopReading()
            stalled.insert(name)
        case .send(let name, let text): try await peer(name).send(filledIn(text))
        case .sendPing(let name): try await peer(name).ping()
        case .expect(let name, let pattern): try await expect(pattern, from: name)
        case .expectText(let name, let text): try await expectText(text, from: peer(name))
        case .expectPong(let name): try await expectPong(from: peer(name))
        case .expectClose(let name, let code): try await expectClose(code, from: name)
        case .expectNothing(let name): try await peer(name).settle()
        case .advance(let duration, let isSilent): try await advance(by: duration, silently: isSilent)
        case .act(let words): try await act(words)
        }
    }

    // MARK: Peers

    private func peer(_ name: String) throws -> TestPeer {
        guard let peer = peers[name] else { throw TestFailure("\(name) is not connected") }
        return peer
    }

    private mutating func open(_ name: String, _ listener: TestListener, style: String?) async throws {
        let styles: [String: UpgradeStyle] = ["sonoff155": .sonoff155, "opl": .opl]
        let style = style.flatMap { styles[$0] } ?? .standard
        stalled.remove(name)
        peers[name] = try await TestPeer(name, to: server, through: listener, style: style)
    }

    private mutating func online(_ name: String, account: String) async throws {
        let suffix = ["ann": "", "bob": "2", "carol": "3"][account] ?? account
        try await open(name, .public, style: nil)
        let hello = #"{"action":"userOnline","at":"$at\#(suffix)","apikey":"$apikey\#(suffix)","userAgent":"app"}"#
        try await peer(name).send(filledIn(hello))
        let answer = #"{"error":0,"apikey":"$apikey\#(suffix)","config":{"hb":1,"hbInterval":145}}"#
        try await expect(JSON(parsing: answer), from: name)
        try await peer(name).settle()
    }

    private mutating func register(_ name: String, deviceID: String?) async throws {
        let deviceID = deviceID ?? "$deviceid"
        try await open(name, .device, style: nil)
        let hello = #"{"action":"register","deviceid":"\#(deviceID)","apikey":"$factory","userAgent":"device"}"#
        try await peer(name).send(filledIn(hello))
        let answer = filledIn(
            #"{"error":0,"deviceid":"\#(deviceID)","apikey":"$apikey","config":{"hb":1,"hbInterval":145}}"#
        )
        try await expect(JSON(parsing: answer), from: name)
        try await peer(name).settle()
    }

    /// Reports as a sensor that keeps no socket.
    ///
    /// Source of the request's form: `coolkit-v1-http.md` §6.1.
    private mutating func post(_ name: String, sequence: String, params: String) async throws {
        let client = try await RawHTTPClient(to: server, through: .device)
        let request = try SensorRequest(
            deviceID: Stage.deviceID,
            key: Stage.factoryKey,
            sequence: sequence,
            params: params
        )
        try await client.send(request.bytes)
        let answer = try await client.answer()
        await client.close()
        answers[name, default: []].append(answer.body)
    }

    /// Hangs up a peer that has shaken hands, and waits until the server has taken its session out.
    private mutating func drop(_ name: String) async throws {
        let sessions = server.switchyard.sessions
        let before = sessions.sessions().count
        try peer(name).abort()
        peers[name] = nil
        stalled.remove(name)
        try await eventually("the server to notice that \(name) is gone") { sessions.sessions().count < before }
    }

    /// Moves the clocks, after everything said so far has been done.
    private func advance(by duration: Duration, silently isSilent: Bool) async throws {
        if !isSilent {
            for (name, peer) in peers where !stalled.contains(name) { try await peer.settle() }
        }
        server.clocks.advance(by: duration)
    }

    private mutating func act(_ words: [String]) async throws {
        let words = words.map { filledIn($0) }
        for (name, value) in try await stage.act(words) { bindings[name] = value }
    }

    /// The text with every `$name` that has a value replaced by it.
    private func filledIn(_ text: String) -> String {
        var filled = ""
        var rest = text[...]
        while let mark = rest.firstIndex(of: "$") {
            filled += rest[..<mark]
            let name = rest[rest.index(after: mark)...].prefix { $0.isLetter || $0.isNumber }
            filled += bindings[String(name)] ?? "$\(name)"
            rest = rest[name.endIndex...]
        }
        return filled + rest
    }

    // MARK: Expectations

    private mutating func expect(_ pattern: JSON, from name: String) async throws {
        let text = try await nextText(of: name)
        let got = try JSON(parsing: text)
        guard got.text == text else { throw TestFailure("\(name) got JSON that is not compact: \(text)") }
        guard matches(got, pattern) else { throw TestFailure("\(name) got \(text)") }
    }

    /// The next message to a peer, or the next answer to a sensor.
    private mutating func nextText(of name: String) async throws -> String {
        if answers[name]?.isEmpty == false, let answer = answers[name]?.removeFirst() { return answer }
        return try await peer(name).nextText()
    }

    private func expectText(_ expected: String, from peer: TestPeer) async throws {
        let text = try await peer.nextText()
        guard text == expected else { throw TestFailure("\(peer.name) got \(text)") }
    }

    private func expectPong(from peer: TestPeer) async throws {
        let event = try await peer.next()
        guard case .pong = event else { throw TestFailure("\(peer.name) got \(event)") }
    }

    private mutating func expectClose(_ code: UInt16, from name: String) async throws {
        let event = try await peer(name).next()
        guard case .closed(code: let got) = event, got == code else { throw TestFailure("\(name) got \(event)") }
        peers[name] = nil
    }

    /// Whether a value is what the pattern says; binds names on the way.
    private mutating func matches(_ value: JSON, _ pattern: JSON) -> Bool {
        switch (pattern, value) {
        case (.string("*"), _): return true
        case (.string(let text), .string(let got)) where text.hasPrefix("$"):
            let name = String(text.dropFirst())
            if let bound = bindings[name] { return bound == got }
            bindings[name] = got
            return true
        case (.array(let patterns), .array(let values)):
            guard patterns.count == values.count else { return false }
            for (pattern, value) in zip(patterns, values) where !matches(value, pattern) { return false }
            return true
        case (.object(let patterns), .object(let values)):
            guard Array(patterns.keys) == Array(values.keys) else { return false }
            for (key, pattern) in patterns {
                guard let value = values[key], matches(value, pattern) else { return false }
            }
            return true
        default: return value == pattern
        }
    }
}
