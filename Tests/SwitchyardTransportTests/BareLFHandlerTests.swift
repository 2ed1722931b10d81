import NIOCore
import NIOEmbedded
import Testing

@testable import SwitchyardTransport

@Suite struct BareLFHandlerTests {
    /// What comes out for these bytes, given in pieces of at most `piece` bytes.
    private static func output(_ input: String, piece: Int) throws -> String {
        let channel = EmbeddedChannel(handler: BareLFHandler())
        var rest = ByteBuffer(string: input)
        while rest.readableBytes > 0, let chunk = rest.readSlice(length: min(piece, rest.readableBytes)) {
            try channel.writeInbound(chunk)
        }
        var result = ByteBuffer()
        while let more = try channel.readInbound(as: ByteBuffer.self) { result.writeImmutableBuffer(more) }
        return String(buffer: result)
    }

    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let input: String
        let output: String
    }

    @Test(
        "Line ends of heads are made whole and everything else stays",
        arguments: [
            Sample(
                testDescription: "strict",
                input: "GET / HTTP/1.1\r\nA: b\r\n\r\n",
                output: "GET / HTTP/1.1\r\nA: b\r\n\r\n"
            ),
            Sample(
                testDescription: "one bare line, as OPL1000 sends it",
                input: "GET /api/ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\nA: b\r\n\r\n",
                output: "GET /api/ws HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nA: b\r\n\r\n"
            ),
            Sample(
                testDescription: "all bare",
                input: "GET / HTTP/1.1\nA: b\n\n",
                output: "GET / HTTP/1.1\r\nA: b\r\n\r\n"
            ),
            Sample(
                testDescription: "a body with bare line ends, and a request after it",
                input: "POST / HTTP/1.1\ncontent-length:  6 \n\na\nb\n\nGET / HTTP/1.1\n\n",
                output: "POST / HTTP/1.1\r\ncontent-length:  6 \r\n\r\na\nb\n\nGET / HTTP/1.1\r\n\r\n"
            ),
            Sample(
                testDescription: "nothing after an upgrade",
                input: "GET / HTTP/1.1\nUPGRADE: websocket\n\n\n\nframe\n",
                output: "GET / HTTP/1.1\r\nUPGRADE: websocket\r\n\r\n\n\nframe\n"
            ),
            Sample(
                testDescription: "nothing after a chunked body began",
                input: "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n1\r\n\n\r\n0\r\n\r\n",
                output: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n0\r\n\r\n"
            ),
            Sample(
                testDescription: "empty lines first",
                input: "\r\nGET / HTTP/1.1\n\n",
                output: "\r\nGET / HTTP/1.1\r\n\r\n"
            ),
        ],
        [1, 2, 5, Int.max]
    )
    func repairs(sample: Sample, piece: Int) throws {
        #expect(try Self.output(sample.input, piece: piece) == sample.output)
    }
}
