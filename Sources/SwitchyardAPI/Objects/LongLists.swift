import Hummingbird
import NIOCore
import SwitchyardCore

/// The lists of an answer that is too long to be made in one piece.
///
/// What waits to be sent is held for each peer that is slow to read: a full list would be 64 MiB. So the answer is written without
/// the elements, and each of these is made when the peer has taken the one before. What has gone by then is left out.
final class LongLists {
    /// Answers of more bytes than this are made so.
    ///
    /// They have no `Content-Length`, and are not compressed for their size already.
    static let threshold = 262_144

    /// Makes an element; nil when there is none any more.
    typealias Element = @Sendable () async throws -> ByteBuffer?

    /// The elements that stand at an offset of the answer.
    struct Insertion: Sendable {
        let offset: Int
        let elements: [Element]
    }

    fileprivate(set) var insertions: [Insertion] = []
    private let devices: DeviceService
    private let account: AccountID

    init(_ devices: DeviceService, visibleTo account: AccountID) {
        self.devices = devices
        self.account = account
    }

    /// Things at this offset.
    func insert(_ things: [ThingView], at offset: Int) {
        let elements = things.map { thing -> Element in
            let (listed, devices, account) = (ListedThing(thing), devices, account)
            return {
                guard let thing = try await devices.thing(listed, visibleTo: account) else { return nil }
                return ByteBuffer.jsonObject(V2ThingObject(thing: thing).write)
            }
        }
        insertions.append(Insertion(offset: offset, elements: elements))
    }
}

extension ByteBuffer {
    /// A buffer with one object.
    static func jsonObject(_ members: (inout JSONMembers) -> Void) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSONObject(members)
        return buffer
    }
}

extension Response {
    /// An answer whose body is this JSON with these elements inserted, sent as the peer takes it.
    static func json(_ body: ByteBuffer, inserting lists: [LongLists.Insertion]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                var pieces = LongAnswer(rest: body)
                for list in lists {
                    pieces.copy(upTo: list.offset)
                    for (index, element) in list.elements.enumerated() {
                        pieces.append(try await element(), isFirst: index == 0)
                        if let piece = pieces.fullPiece() { try await writer.write(piece) }
                    }
                }
                try await writer.write(pieces.last())
                try await writer.finish(nil)
            }
        )
    }
}

/// An answer on its way, piece by piece.
private struct LongAnswer {
    /// Elements are collected up to this.
    private static let pieceBytes = 32_768

    private var rest: ByteBuffer
    private var piece = ByteBuffer()
    private var needsComma = false

    init(rest: ByteBuffer) { self.rest = rest }

    mutating func copy(upTo offset: Int) {
        guard var part = rest.readSlice(length: offset - rest.readerIndex) else { return }
        piece.writeBuffer(&part)
    }

    mutating func append(_ element: ByteBuffer?, isFirst: Bool) {
        if isFirst { needsComma = false }
        guard let element else { return }
        if needsComma { piece.writeStaticString(",") }
        piece.writeImmutableBuffer(element)
        needsComma = true
    }

    mutating func fullPiece() -> ByteBuffer? {
        guard piece.readableBytes >= Self.pieceBytes else { return nil }
        defer { piece = ByteBuffer() }
        return piece
    }

    mutating func last() -> ByteBuffer {
        piece.writeBuffer(&rest)
        return piece
    }
}
