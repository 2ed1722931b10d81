import NIOCore
import Testing

@testable import SwitchyardTransport

/// The bytes of requests alone, in pieces of every size.
@Suite struct RequestSyntaxTests {
    private static let lenient = RequestSyntax.Rules(
        toleratesBareLF: true,
        checksHost: false,
        webSocketPaths: ["/api/ws"],
        maximumHeadBytes: 512
    )
    private static let strict = RequestSyntax.Rules(webSocketPaths: ["/api/ws"], maximumHeadBytes: 512)

    /// What is passed on of these bytes, given in pieces of at most `piece`, and the status of the fault that ended it.
    private static func outcome(
        _ input: String,
        piece: Int,
        _ rules: RequestSyntax.Rules
    ) -> (text: String, fault: Int?) {
        var syntax = RequestSyntax(rules: rules)
        var rest = ByteBuffer(string: input)
        var passed = ByteBuffer()
        while rest.readableBytes > 0, var chunk = rest.readSlice(length: min(piece, rest.readableBytes)) {
            do throws(RequestFault) {
                while let more = try syntax.next(&chunk) { passed.writeImmutableBuffer(more) }
            } catch {
                return (String(buffer: passed), error.statusCode)
            }
        }
        return (String(buffer: passed), nil)
    }

    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let input: String
        let output: String

        init(_ description: String, _ input: String, _ output: String? = nil) {
            testDescription = description
            self.input = input
            self.output = output ?? input
        }
    }

    @Test(
        "What has one meaning is passed on, line ends of heads made whole",
        arguments: [
            Sample("strict", "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
            Sample(
                "one bare line, as OPL1000 sends it, and nothing is looked at after it",
                "GET /api/ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\nA: b\r\n\r\n\u{0}\nframe\n",
                "GET /api/ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nA: b\r\n\r\n\u{0}\nframe\n"
            ),
            Sample("all bare", "GET / HTTP/1.1\nA: b\n\n", "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
            Sample(
                "a body with bare line ends, and a request after it",
                "POST / HTTP/1.1\ncontent-length:  6 \n\na\nb\n\nGET / HTTP/1.1\n\n",
                "POST / HTTP/1.1\r\ncontent-length:  6 \r\n\r\na\nb\n\nGET / HTTP/1.1\r\n\r\n"
            ),
            Sample(
                "chunks, an extension and a trailer, and a request after them",
                "POST / HTTP/1.1\nTransfer-Encoding: Chunked\n\n1;a=b\r\n\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
                    + "GET / HTTP/1.0\n\n",
                "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\n\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
                    + "GET / HTTP/1.0\r\n\r\n"
            ),
            Sample("empty lines first", "\r\n\nGET / HTTP/1.1\n\n", "GET / HTTP/1.1\r\n\r\n"),
            Sample(
                "a wish for another protocol, which is not granted",
                "GET / HTTP/1.1\r\nUPGRADE: h2c\r\nConnection: Upgrade\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nConnection: Upgrade\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"
            ),
            Sample("no host, or one of firmware", "GET / HTTP/1.1\r\nHost: {IP}:{port}\r\n\r\n"),
            Sample("the server as a whole", "OPTIONS * HTTP/1.1\r\n\r\n"),
            Sample("opaque bytes in a value", "GET / HTTP/1.1\r\nA: \u{e9}\r\n\r\n"),
        ],
        [1, 2, 5, Int.max]
    )
    func passes(sample: Sample, piece: Int) {
        let (text, fault) = Self.outcome(sample.input, piece: piece, Self.lenient)
        #expect(text == sample.output)
        #expect(fault == nil)
    }

    @Test(
        "What has two meanings is refused, and the request before it is not",
        arguments: AmbiguousRequests.all,
        [1, 7, Int.max]
    )
    func refuses(sample: AmbiguousRequests.Sample, piece: Int) {
        let before = "GET /before HTTP/1.1\r\nHost: h\r\n\r\n"
        for rules in sample.isForPublicOnly ? [Self.strict] : [Self.strict, Self.lenient] {
            let (text, fault) = Self.outcome(before + sample.bytes + "GET /after HTTP/1.1\r\n\r\n", piece: piece, rules)
            #expect(fault == sample.status)
            #expect(text.hasPrefix(before))
            #expect(!text.contains("after"))
        }
    }

    @Test("Lines and heads are bounded")
    func bounds() {
        let long = String(repeating: "a", count: 600)
        #expect(Self.outcome("GET /\(long) HTTP/1.1\r\n", piece: 64, Self.strict).fault == 414)
        #expect(Self.outcome("GET / HTTP/1.1\r\nA: \(long)\r\n", piece: 64, Self.strict).fault == 431)
        let fields = String(repeating: "A: b\r\n", count: 120)
        #expect(Self.outcome("GET / HTTP/1.1\r\n" + fields, piece: 64, Self.strict).fault == 431)
        let chunks = String(repeating: "1;\(String(repeating: "x", count: 200))\r\na\r\n", count: 30)
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(Self.outcome(head + chunks, piece: 64, Self.strict).fault == 400)
        #expect(
            Self.outcome(head + "0\r\n" + String(repeating: "A: b\r\n", count: 1_000), piece: 64, Self.strict).fault
                == 400
        )
    }
}
