import CoolkitWire
import TestSupport

/// A recorded or specified conversation: who says what to the server, and what the server has to say to whom.
///
/// A line is `NAME> TEXT` (the peer sends), `NAME< PATTERN` (the peer receives exactly this next), or a directive:
///
///     NAME! open [public|device|plain] [sonoff155|opl]   connect
///     NAME! drop                                          end without a close frame
///     NAME> !ping                                         control ping
///     NAME< !pong                                         control pong
///     NAME< !close CODE                                   the server closes with this code
///     NAME< !nothing                                      nothing has come (checked by a text ping and its pong)
///     clock! 8s                                           both clocks move on
///
/// In patterns `"*"` stands for any value and `"$name"` binds on first use and has to match after; in what is sent `$name`
/// is replaced. Members of objects stand in the order of the pattern: the wire's order matters to firmware.
struct Transcript {
    struct Line {
        let number: Int
        let step: Step
        let text: String
    }

    enum Step {
        case open(String, TestListener, style: String?)
        case drop(String)
        case send(String, String)
        case sendPing(String)
        case expect(String, JSON)
        case expectText(String, String)
        case expectPong(String)
        case expectClose(String, UInt16)
        case expectNothing(String)
        case advance(Duration)
    }

    let lines: [Line]

    init(_ text: String) throws {
        var lines: [Line] = []
        for (index, rawLine) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = rawLine.drop { $0 == " " }
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let step = try Self.step(String(line)) else {
                throw TestFailure("line \(index + 1) is no transcript line: \(line)")
            }
            lines.append(Line(number: index + 1, step: step, text: String(line)))
        }
        self.lines = lines
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
        case "drop": return .drop(name)
        case "open":
            let listener = words.dropFirst().first.flatMap { TestListener(rawValue: $0) } ?? .public
            return .open(name, listener, style: words.dropFirst(2).first)
        case let time? where name == "clock" && time.hasSuffix("s"):
            return Double(time.dropLast()).map { .advance(.milliseconds(Int64($0 * 1_000))) }
        default: return nil
        }
    }
}
