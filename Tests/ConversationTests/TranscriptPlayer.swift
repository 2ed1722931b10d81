import CoolkitWire
import SwitchyardSimulator
import TestSupport
import Testing

/// Plays a transcript against a server and compares what comes back, line by line.
struct TranscriptPlayer {
    let server: TestServer
    /// Values of `$name`; filled in by the test before and by patterns on the way.
    var bindings: [String: String]
    private var peers: [String: TestPeer] = [:]

    init(_ server: TestServer, bindings: [String: String] = [:]) {
        self.server = server
        self.bindings = bindings
    }

    mutating func play(_ transcript: Transcript, sourceLocation: SourceLocation = #_sourceLocation) async throws {
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
        case .open(let name, let listener, let style):
            peers[name] = try await TestPeer(name, to: server, through: listener, style: try Self.style(style))
        case .drop(let name): try peer(name).abort()
        case .send(let name, let text): try await peer(name).send(filledIn(text))
        case .sendPing(let name): try await peer(name).ping()
        case .expect(let name, let pattern): try await expect(pattern, from: peer(name))
        case .expectText(let name, let text): try await expectText(text, from: peer(name))
        case .expectPong(let name): try await expectPong(from: peer(name))
        case .expectClose(let name, let code): try await expectClose(code, from: peer(name))
        case .expectNothing(let name):
            try await peer(name).send("ping")
            try await expectText("pong", from: peer(name))
        case .advance(let duration): server.clocks.advance(by: duration)
        }
    }

    private static func style(_ name: String?) throws -> UpgradeStyle {
        switch name {
        case nil: .standard
        case "sonoff155": .sonoff155
        case "opl": .opl
        default: throw TestFailure("no such style: \(name ?? "")")
        }
    }

    private func peer(_ name: String) throws -> TestPeer {
        guard let peer = peers[name] else { throw TestFailure("\(name) is not connected") }
        return peer
    }

    private func filledIn(_ text: String) -> String {
        bindings.reduce(text) { text, binding in text.replacing("$" + binding.key, with: binding.value) }
    }

    // MARK: Expectations

    private mutating func expect(_ pattern: JSON, from peer: TestPeer) async throws {
        let text = try await peer.nextText()
        let got = try JSON(parsing: text)
        guard matches(got, pattern) else { throw TestFailure("\(peer.name) got \(text)") }
    }

    private func expectText(_ expected: String, from peer: TestPeer) async throws {
        let text = try await peer.nextText()
        guard text == expected else { throw TestFailure("\(peer.name) got \(text)") }
    }

    private func expectPong(from peer: TestPeer) async throws {
        let event = try await peer.next()
        guard case .pong = event else { throw TestFailure("\(peer.name) got \(event)") }
    }

    private func expectClose(_ code: UInt16, from peer: TestPeer) async throws {
        let event = try await peer.next()
        guard case .closed(let got) = event, got == code else { throw TestFailure("\(peer.name) got \(event)") }
    }

    /// Whether a value is what the pattern says; binds names on the way.
    private mutating func matches(_ value: JSON, _ pattern: JSON) -> Bool {
        switch (pattern, value) {
        case (.string("*"), _): return true
        case (.string(let text), _) where text.hasPrefix("$"):
            let name = String(text.dropFirst())
            let got = value.stringValue ?? value.text
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
