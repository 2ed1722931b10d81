import AsyncHTTPClient
import CoolkitWire
import Foundation
import NIOCore
import NIOHTTP1
import SwitchyardServer

/// Talks to the running server through the socket in its data folder.
///
/// The contract is `openapi/admin.yaml`.
struct AdminClient {
    private let directory: DataDirectory
    private let client: HTTPClient
    /// Longer than a device may take to acknowledge a command.
    private static let timeLimit = TimeAmount.seconds(330)
    private static let maximumAnswerBytes = 256 << 20

    /// The methods of the interface.
    enum Method: String {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// Runs `body` with a client of the server on `directory`.
    static func with<Value: Sendable>(
        _ directory: DataDirectory,
        _ body: (AdminClient) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(AdminClient(directory: directory, client: client)))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }

    /// Sends a request and returns the answer's JSON, `null` for an empty one.
    ///
    /// - Parameter path: the parts of the path, percent-encoded here.
    func send(
        _ method: Method,
        _ path: String...,
        query: [(String, String)] = [],
        body: JSON? = nil
    ) async throws -> JSON {
        let response = try await execute(
            method,
            path,
            query,
            body.map { .bytes($0.buffer) },
            until: .now() + Self.timeLimit
        )
        return try await Self.answer(of: response)
    }

    private static func answer(of response: HTTPClientResponse) async throws -> JSON {
        let bytes = try await response.body.collect(upTo: maximumAnswerBytes)
        let answer = bytes.readableBytes == 0 ? JSON.null : try json(bytes)
        guard (200..<300).contains(response.status.code) else {
            throw CommandFailure.refused(answer["message"]?.stringValue ?? "the server answered \(response.status)")
        }
        return answer
    }

    /// Sends a file as the body of a request, bit by bit.
    func upload(_ file: String, to path: String...) async throws -> JSON {
        let chunks = try FileChunks(file)
        let response = try await execute(
            .post,
            path,
            [],
            .stream(chunks, length: .known(chunks.byteCount)),
            type: "application/octet-stream",
            until: .now() + Self.timeLimit
        )
        return try await Self.answer(of: response)
    }

    /// Asks for something large and hands it to `receive` part by part; throws when it does not come whole.
    ///
    /// There is no limit of time: a large database takes what it takes, and Ctrl-C ends it.
    func download(_ path: String..., receive: (ByteBuffer) async throws -> Void) async throws {
        let response = try await execute(.post, path, [], nil, until: .distantFuture)
        guard response.status == .ok else {
            _ = try await Self.answer(of: response)
            throw CommandFailure.refused("the server answered \(response.status)")
        }
        do {
            for try await part in response.body { try await receive(part) }
        } catch let error as HTTPClientError {
            throw CommandFailure.refused(
                "the server stopped in the middle: \(error.shortDescription); its log says why"
            )
        }
    }

    /// Calls `begun` once the server has accepted, then `receive` with each line that it sends, until it ends the stream.
    func lines(
        _ path: String...,
        begun: () async throws -> Void,
        receive: (JSON) -> Void
    ) async throws {
        try await lines(path, begun: begun) {
            receive($0)
            return true
        }
    }

    /// The same, until `isWanted` has had enough.
    func lines(
        _ path: String...,
        begun: () async throws -> Void,
        while isWanted: (JSON) -> Bool
    ) async throws {
        try await lines(path, begun: begun, isWanted)
    }

    private func lines(
        _ path: [String],
        begun: () async throws -> Void,
        _ isWanted: (JSON) -> Bool
    ) async throws {
        let response = try await execute(.get, path, [], nil, until: .distantFuture)
        guard response.status == .ok else {
            let bytes = try await response.body.collect(upTo: 1 << 20)
            let message = try Self.json(bytes)["message"]?.stringValue
            throw CommandFailure.refused(message ?? "the server answered \(response.status)")
        }
        try await begun()
        var waiting = ByteBuffer()
        for try await var part in response.body {
            waiting.writeBuffer(&part)
            while let end = waiting.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let line = waiting.readSlice(length: end - waiting.readerIndex) ?? ByteBuffer()
                waiting.moveReaderIndex(forwardBy: 1)
                if line.readableBytes > 0, !isWanted(try Self.json(line)) { return }
            }
            waiting.discardReadBytes()
        }
    }

    private func execute(
        _ method: Method,
        _ path: [String],
        _ query: [(String, String)],
        _ body: HTTPClientRequest.Body?,
        type: String = "application/json",
        until deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        let target = "/" + path.map(Self.encoded).joined(separator: "/")
        let pairs = query.map { Self.encoded($0.0) + "=" + Self.encoded($0.1) }.joined(separator: "&")
        let uri = pairs.isEmpty ? target : target + "?" + pairs
        guard let url = URL(httpURLWithSocketPath: directory.adminSocket, uri: uri) else {
            throw CommandFailure.local("\(directory.adminSocket) cannot be used as the path of a socket")
        }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let body {
            request.headers.add(name: "Content-Type", value: type)
            request.body = body
        }
        do {
            return try await client.execute(request, deadline: deadline)
        } catch let error as HTTPClientError {
            throw CommandFailure.refused("the server did not answer: \(error.shortDescription)")
        } catch let error as IOError where error.errnoCode == EACCES {
            throw CommandFailure.local(
                "\(directory.adminSocket) may not be opened; use the account that the server runs under"
            )
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandFailure.noServer(
                """
                no server is running on the data folder \(directory.path); start one with
                  switchyard serve --data \(directory.path)
                """
            )
        }
    }

    private static func json(_ bytes: ByteBuffer) throws -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw CommandFailure.refused("the server's answer is not JSON; is it of the same version?")
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
                return String(character)
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }
        .joined()
    }
}
