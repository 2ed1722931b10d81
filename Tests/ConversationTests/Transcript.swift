import CoolkitWire
import Foundation
import TestSupport

/// A recorded or specified conversation: who says what to the server, and what the server has to say to whom.
///
/// A line is `NAME> TEXT` (the peer sends), `NAME< PATTERN` (the peer receives exactly this next), or a directive:
///
///     settings! strictActions on                          a setting of this server, before everything else
///     NAME! open [public|device|plain] [sonoff155|opl]    connect and upgrade
///     NAME! online [ann|bob|carol]                        connect and shake hands as an app
///     NAME! registers [DEVICEID]                          connect to the device listener and register
///     NAME! posts D_SEQ PARAMS                            report by HTTPS through the device listener, signed with `$factory`
///     NAME! drop                                          end without a close frame, and wait until the server knows
///     NAME! stalls                                        take nothing more from the socket, as a peer that lost its network
///     NAME> !ping                                         control ping
///     NAME< !pong                                         control pong
///     NAME< !close CODE                                   the server closes with this code
///     NAME< !nothing                                      nothing has come (checked by text pings and their pongs)
///     clock! 8s [silently]                                both clocks move on; all peers ping before it, unless silent
///     server! login NAME | refresh NAME                   ann gets a new token; `$NAME` is its `at`
///     server! password                                    ann gets a new password
///     server! add DEVICEID [uiid N] [ackByUpdate] [fullSwitchesArray|partialSwitches]
///                                                         ann adds a device with the key `$factory`
///     server! remove DEVICEID                             ann deletes a device
///     server! import DEVICEID APIKEY                      the operator enters a factory record
///     server! claim DEVICEID                              the operator gives a known device to ann
///     server! forget DEVICEID                             the operator removes a factory record
///     server! ackByUpdate DEVICEID                        the operator has reports of a device count as acks
///     server! share DEVICEID [PERMIT] | unshare DEVICEID  the operator shares a device of ann's with bob
///     server! expel bob                                   the operator removes bob's account
///
/// `Stage.bindings` says which names have values from the start.
///
/// In patterns `"*"` stands for any value and `"$name"` for a text that binds on first use and has to match after; in what is
/// sent `$name` is replaced. Members of objects stand in the order of the pattern: the wire's order matters to firmware.
struct Transcript: Sendable {
    struct Line: Sendable {
        let number: Int
        let step: Step
        let text: String
    }

    enum Step: Sendable {
        case open(String, TestListener, style: String?)
        case online(String, account: String)
        case registers(String, deviceID: String?)
        case post(String, sequence: String, params: String)
        case drop(String)
        case stall(String)
        case send(String, String)
        case sendPing(String)
        case expect(String, JSON)
        case expectText(String, String)
        case expectPong(String)
        case expectClose(String, UInt16)
        case expectNothing(String)
        case advance(Duration, silently: Bool)
        case act([String])
    }

    let title: String
    let settings: [(name: String, value: String)]
    let lines: [Line]

    /// Reads a file of the folder `Transcripts`.
    init(named name: String) throws {
        guard let folder = Bundle.module.resourceURL else { throw TestFailure("the test has no resources") }
        let file = folder.appending(path: "Transcripts/\(name).txt")
        try self.init(String(contentsOf: file, encoding: .utf8))
    }

    init(_ text: String) throws {
        var lines: [Line] = []
        var settings: [(name: String, value: String)] = []
        let rawLines = text.split(separator: "\n", omittingEmptySubsequences: false)
        title = rawLines.first.map { String($0.drop { $0 == "#" || $0 == " " }) } ?? ""
        for (index, rawLine) in rawLines.enumerated() {
            let line = String(rawLine.drop { $0 == " " })
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let words = line.split(separator: " ").map(String.init)
            if words.first == "settings!", words.count == 3 {
                settings.append((words[1], words[2]))
            } else if let step = try Self.step(line) {
                lines.append(Line(number: index + 1, step: step, text: line))
            } else {
                throw TestFailure("line \(index + 1) is no transcript line: \(line)")
            }
        }
        self.lines = lines
        self.settings = settings
    }

    /// Whether it moves the clock: then it plays on one event loop, where pings show what has been done.
    var movesClock: Bool {
        lines.contains { if case .advance = $0.step { true } else { false } }
    }

    private static func step(_ line: String) throws -> Step? {
        guard let mark = line.firstIndex(where: { $0 == ">" || $0 == "<" || $0 == "!" }) else { return nil }
        let name = String(line[..<mark])
        let rest = String(line[line.index(after: mark)...].drop { $0 == " " })
        let words = rest.split(separator: " ").map(String.init)
        switch line[mark] {
        case ">": return rest == "!ping" ? .sendPing(name) : .send(name, rest)
        case "<": return try expectation(name, rest, words)
        default: return directive(name, words)
        }
    }

    private static func expectation(_ name: String, _ rest: String, _ words: [String]) throws -> Step? {
        switch words.first {
        case "!pong": return .expectPong(name)
        case "!nothing": return .expectNothing(name)
        case "!close": return words.dropFirst().first.flatMap { UInt16($0) }.map { .expectClose(name, $0) }
        default: return rest.hasPrefix("{") ? .expect(name, try JSON(parsing: rest)) : .expectText(name, rest)
        }
    }

    private static func directive(_ name: String, _ words: [String]) -> Step? {
        switch words.first {
        case _ where name == "server": return .act(words)
        case "posts":
            guard words.count == 3 else { return nil }
            return .post(name, sequence: words[1], params: words[2])
        case "drop": return .drop(name)
        case "stalls": return .stall(name)
        case "online": return .online(name, account: words.dropFirst().first ?? "ann")
        case "registers": return .registers(name, deviceID: words.dropFirst().first)
        case "open":
            let listener = words.dropFirst().first.flatMap { TestListener(rawValue: $0) } ?? .public
            return .open(name, listener, style: words.dropFirst(2).first)
        case let time? where name == "clock" && time.hasSuffix("s"):
            let isSilent = words.dropFirst().first == "silently"
            return Double(time.dropLast()).map { .advance(.milliseconds(Int64($0 * 1_000)), silently: isSilent) }
        default: return nil
        }
    }
}
