import Testing

/// Requests that two servers may read differently, or that no server should read.
///
/// Sources: RFC 9112 §2.2, §3, §5, §6, §7.1, §11.2.
enum AmbiguousRequests {
    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: String
        var status = 400
        /// Firmware is allowed it.
        var isForPublicOnly = false
    }

    static let all = lengths + codings + chunks + lines + fields + targets

    private static func post(_ name: String, _ fields: String, body: String = "abcde") -> Sample {
        Sample(testDescription: name, bytes: "POST /bad HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n\(body)")
    }

    private static func line(_ line: String, status: Int = 400) -> Sample {
        Sample(testDescription: line, bytes: "\(line)\r\nHost: h\r\n\r\n", status: status)
    }

    private static let lengths =
        [
            post("two lengths", "Content-Length: 5\r\nContent-Length: 6"),
            post("the same length twice", "Content-Length: 5\r\ncontent-length: 5"),
        ]
        + ["5, 5", "5,6", "+5", "-1", "0x5", "5 5", "", "5;", "99999999999999999999", "1e1", "5.0"].map {
            post("length \($0)", "Content-Length: \($0)")
        }

    private static let codings =
        [
            post("length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
            post("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
            post("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            Sample(
                testDescription: "chunks in HTTP/1.0",
                bytes: "POST /bad HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            post("a body before a WebSocket", "Content-Length: 5").at("/api/ws"),
            post("chunks before a WebSocket", "Transfer-Encoding: chunked").at("/api/ws"),
        ]
        + [
            "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked", "chunked;q=1",
            "\"chunked\"", "",
        ].map { post("coding \($0)", "Transfer-Encoding: \($0)", body: "0\r\n\r\n") }

    private static let chunks = [
        "-1\r\n", "0x5\r\nabcde\r\n", "+5\r\nabcde\r\n", " 5\r\nabcde\r\n", "5 \r\nabcde\r\n", "g\r\n", "\r\n",
        "fffffffffffffffff\r\n", "100000000\r\n", "5\nabcde\r\n", "5\r\nabcde\n", "5\r\nabcdeX\r\n",
        "5;a=\u{0}\r\nabcde\r\n", "5;\ra\r\nabcde\r\n", "0\r\nContent-Length: 5\r\n\r\n", "0\r\nX y: 1\r\n\r\n",
        "0\r\n X: folded\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n", "5,\r\nabcde\r\n",
    ].map { post("chunk \($0)", "Transfer-Encoding: chunked", body: $0) }

    private static let lines =
        [
            Sample(testDescription: "a bare CR", bytes: "GET /bad\r HTTP/1.1\r\nHost: h\r\n\r\n"),
            Sample(testDescription: "a bare CR ends the line", bytes: "GET /bad HTTP/1.1\rHost: h\r\n\r\n"),
            Sample(testDescription: "two CR", bytes: "GET /bad HTTP/1.1\r\r\nHost: h\r\n\r\n"),
            Sample(testDescription: "a blank first", bytes: " GET /bad HTTP/1.1\r\nHost: h\r\n\r\n"),
            Sample(testDescription: "empty lines", bytes: "\r\n\r\n\r\n\r\n\r\nGET /bad HTTP/1.1\r\nHost: h\r\n\r\n"),
            Sample(
                testDescription: "a bare LF",
                bytes: "GET /bad HTTP/1.1\nHost: h\r\n\r\n",
                isForPublicOnly: true
            ),
            line("GET /bad HTTP/1.2", status: 505), line("GET /bad HTTP/2.0", status: 505),
            line("GET /bad HTTP/0.9", status: 505), line("PRI * HTTP/2.0", status: 505),
        ]
        + [
            "GET /bad", "GET  /bad HTTP/1.1", "GET /bad  HTTP/1.1", "GET /bad HTTP/1.1 ", "GET\t/bad HTTP/1.1",
            "GET /b ad HTTP/1.1", "get /bad HTTP/1.1", "G@T /bad HTTP/1.1", "GET /bad http/1.1", "GET /bad HTTP/1.10",
            "GET /bad HTTP/01.1", "GET /bad ICY/1.1", "GET /bad HTTP/1.1\u{b}",
        ].map { line($0) }

    private static let fields =
        [
            "A: b\u{0}", "A\u{0}: b", "A: \u{1}", "A: b\u{7f}", "A : b", "A\t: b", ": b", " A: b", "A b: c", "A",
            "A\u{e9}: b",
            "A: b\r\n folded", "A: b\r\n\tfolded", "A: b\rC: d", "A(b): c", "A: b\r\n\u{c}: x", "Host: other",
        ].map { post("field \($0)", $0, body: "") }
        + ["", "a b", "a/b", "a@b", "a:b", "a:123456", "[::1", "a,b", "a\"b", "h#", "[]"].map {
            Sample(
                testDescription: "host \($0)",
                bytes: "GET /bad HTTP/1.1\r\nHost: \($0)\r\n\r\n",
                isForPublicOnly: true
            )
        }
        + [Sample(testDescription: "no host", bytes: "GET /bad HTTP/1.1\r\n\r\n", isForPublicOnly: true)]

    private static let targets =
        [
            "bad", "*", "h:443", "?", "/bad#", "/b\u{0}ad", "/b\u{7f}", "/\u{e9}", "ftp://h/bad", "http://",
            "http://u@h/bad", "",
        ].map { line("GET \($0) HTTP/1.1") }
        + [
            line("CONNECT h:443 HTTP/1.1"), line("OPTIONS h HTTP/1.1"),
            Sample(
                testDescription: "another host in the target",
                bytes: "GET http://other/bad HTTP/1.1\r\nHost: h\r\n\r\n",
                isForPublicOnly: true
            ),
        ]
}

extension AmbiguousRequests.Sample {
    fileprivate func at(_ path: String) -> Self {
        Self(testDescription: testDescription, bytes: bytes.replacing("/bad", with: path), status: status)
    }
}
