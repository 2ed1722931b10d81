import CoolkitWire
import NIOCore
import Testing

/// Every line of the protocol page `test-vectors.md` §3 to §6.
@Suite("Request signatures")
struct RequestSignatureTests {
    struct Vectors {
        let secret: String
        let all: JSON

        init() throws {
            all = try Fixture.json("signature-vectors.json")
            secret = try #require(all["secret"]?.stringValue)
        }

        static func list(_ name: String) throws -> [JSON] { try Vectors().all[name]?.arrayValue ?? [] }
    }

    @Test("A body is verified byte for byte", arguments: try Vectors.list("post"))
    func verifiesBody(vector: JSON) throws {
        let secret = try Vectors().secret
        let body = Array(try #require(vector["body"]?.stringValue).utf8)
        let signature = try #require(vector["sign"]?.stringValue)
        let isAccepted = try #require(vector["accept"]?.boolValue as Bool?)

        #expect(body.count == vector["byteCount"]?.intValue)
        #expect((RequestSignature.sign(body, secret: secret) == signature) == isAccepted)
        #expect(RequestSignature.verify(signature, body: body, secret: secret) == isAccepted)
        #expect(RequestSignature.verify(signature, body: ByteBuffer(bytes: body), secret: secret) == isAccepted)
    }

    @Test("A query is verified as strictly as the setting says", arguments: try Vectors.list("get"))
    func verifiesQuery(vector: JSON) throws {
        let secret = try Vectors().secret
        let query = try #require(vector["query"]?.stringValue)
        let signature = try #require(vector["sign"]?.stringValue)
        let message = Array(try #require(vector["message"]?.stringValue).utf8)

        let strict = RequestSignature.verify(signature, query: query, secret: secret, strict: true)
        let lenient = RequestSignature.verify(signature, query: query, secret: secret, strict: false)

        #expect(RequestSignature.sign(message, secret: secret) == signature)
        #expect(strict == vector["acceptStrict"]?.boolValue)
        #expect(lenient == vector["acceptLenient"]?.boolValue)
        #expect(RequestSignature.queryMessages(query: query, strict: false).contains(message))
    }

    @Test("The signatures in the later documents are right", arguments: try Vectors.list("laterDocuments"))
    func laterDocuments(vector: JSON) throws {
        let message = Array(try #require(vector["message"]?.stringValue).utf8)
        let secret = try #require(vector["secret"]?.stringValue)

        #expect(RequestSignature.sign(message, secret: secret) == vector["sign"]?.stringValue)
    }

    @Test("The file holds every vector of the page")
    func vectorsAreComplete() throws {
        #expect(try Vectors.list("post").count == 15)
        #expect(try Vectors.list("get").count == 8)
        #expect(try Vectors.list("laterDocuments").count == 3)
    }

    @Test(
        "Missing padding and spaces around a signature are tolerated",
        arguments: [
            "iIBwVFlackxzFqsma8hXCeuk7YfMiUkuI+oyqSbXjgU", "  iIBwVFlackxzFqsma8hXCeuk7YfMiUkuI+oyqSbXjgU= ",
            "\tiIBwVFlackxzFqsma8hXCeuk7YfMiUkuI+oyqSbXjgU \n",
        ]
    )
    func toleratesForm(signature: String) throws {
        #expect(RequestSignature.verify(signature, body: [], secret: try Vectors().secret))
    }

    @Test(
        "What is not 32 bytes of base64 is no signature",
        arguments: [
            "", " ", "=", "====", "abc", "iIBwVFlackxzFqsma8hXCeuk7YfMiUkuI+oyqSbXjg", "é",
            "iIBwVFlackxzFqsma8hXCeuk7YfMiUkuI-oyqSbXjgU=", "iIBwVFlackxzFqsma8hXCeuk7YfMiUkuI oyqSbXjgU=",
            "iIBwVFlackxzFqsma8hXCeuk7YfMiUkuI+oyqSbXjgUA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "IIBwVFlackxzFqsma8hXCeuk7YfMiUkuI+oyqSbXjgU=",
        ]
    )
    func refusesOthers(signature: String) throws {
        #expect(!RequestSignature.verify(signature, body: [], secret: try Vectors().secret))
    }

    @Test("A signature made with another secret is refused")
    func refusesOtherSecret() throws {
        let signature = RequestSignature.sign(Array("{}".utf8), secret: "another")

        #expect(!RequestSignature.verify(signature, body: Array("{}".utf8), secret: try Vectors().secret))
        #expect(!RequestSignature.verify(signature, body: Array("{}".utf8), secret: ""))
    }
}
