import AsyncHTTPClient
package import CoolkitWire
package import NIOCore
package import NIOHTTP1
import NIOPosix

/// An answer to an HTTP call.
package struct HTTPReply: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: ByteBuffer
    /// The body as JSON; `nil` when it is none.
    package let json: JSON?

    /// The `error` number of the body.
    package var error: Int? { json?["error"]?.intValue }
}

/// Makes HTTP calls to one server, without following redirects.
///
/// Whoever makes one shuts it down; `withHTTPCaller` does both.
package struct HTTPCaller: Sendable {
    /// The longest body accepted, in bytes.
    package static let maximumBodyLength = 16_777_216
    /// How long a call may take unless told otherwise.
    package static let callLimit = TimeAmount.seconds(20)

    package let address: ServerAddress
    private let callLimit: TimeAmount
    private let client: HTTPClient

    /// - Parameter callLimit: how long a call may take.
    /// - Throws: `SimulatorError` if the trust cannot be set up.
    package init(
        address: ServerAddress,
        trust: ServerTrust,
        callLimit: TimeAmount = Self.callLimit,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(SimulatorError) {
        self.address = address
        self.callLimit = callLimit
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: address.usesTLS ? try trust.makeConfiguration() : nil,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: callLimit)
        )
        configuration.httpVersion = .http1Only
        // A refused certificate or connection is told at once; who wants to try again does so.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let name = address.certificateName, name != address.host { configuration.dnsOverride[name] = address.host }
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Closes all connections; no call may follow.
    package func shutDown() async throws { try await client.shutdown() }

    /// Makes one call.
    ///
    /// - Parameters:
    ///   - path: begins with `/`.
    ///   - query: names and values, not yet percent-encoded; they go out in this order.
    /// - Throws: `SimulatorError` when no answer comes.
    package func call(
        _ method: HTTPMethod,
        _ path: String,
        query: [(String, String)] = [],
        headers: HTTPHeaders = [:],
        body: ByteBuffer? = nil
    ) async throws -> HTTPReply {
        let encoded = query.map { "\($0.percentEncoded)=\($1.percentEncoded)" }.joined(separator: "&")
        var request = HTTPClientRequest(url: address.httpBase + path + (encoded.isEmpty ? "" : "?" + encoded))
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(body) }
        do {
            let response = try await client.execute(request, timeout: callLimit)
            let body = try await response.body.collect(upTo: Self.maximumBodyLength)
            return HTTPReply(
                status: Int(response.status.code),
                headers: response.headers,
                body: body,
                json: try? JSON(parsing: body)
            )
        } catch {
            guard !Task.isCancelled else { throw CancellationError() }
            throw address.failure(of: "\(method) \(path)", error)
        }
    }
}

/// Runs `body` with a caller that is shut down afterwards, whatever happens.
package func withHTTPCaller<Result>(
    to address: ServerAddress,
    trust: ServerTrust,
    _ body: (HTTPCaller) async throws -> Result
) async throws -> Result {
    let caller = try HTTPCaller(address: address, trust: trust)
    let result: Result
    do {
        result = try await body(caller)
    } catch {
        // The first failure is the one to tell.
        try? await caller.shutDown()
        throw error
    }
    try await caller.shutDown()
    return result
}

extension String {
    /// With everything but letters, digits, `-`, `.`, `_` and `~` as `%XX`.
    fileprivate var percentEncoded: String {
        utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 2 ? "%" + digits : "%0" + digits
            }
        }
    }
}
