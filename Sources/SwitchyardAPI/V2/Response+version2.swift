import Hummingbird
import NIOCore

extension Response {
    /// A success of version 2: `{"error":0,"msg":"","data":{…}}`.
    ///
    /// `data` is an object always, `{}` when there is nothing to say. Source: `coolkit-v2-http.md` §1 ("Envelope").
    /// - Parameter lists: what is listed may be long.
    /// - Parameter holdsTokens: nobody may store the answer, and it is not compressed.
    static func version2(
        capacity: Int = 256,
        lists: LongLists? = nil,
        holdsTokens: Bool = false,
        _ members: (inout JSONMembers) -> Void = { _ in }
    ) -> Response {
        if let lists, capacity > LongLists.threshold {
            let answer = ByteBuffer.version2(lists: lists, members)
            return .json(answer, inserting: lists.insertions)
        }
        return .object(capacity: capacity, holdsTokens: holdsTokens) { object in
            object.add("error", 0)
            object.add("msg", "")
            object.add("data", members)
        }
    }
}

extension ByteBuffer {
    fileprivate static func version2(lists: LongLists, _ members: (inout JSONMembers) -> Void) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSONObject(lists: lists) { object in
            object.add("error", 0)
            object.add("msg", "")
            object.add("data", members)
        }
        return buffer
    }
}
