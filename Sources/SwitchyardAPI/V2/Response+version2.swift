import Hummingbird

extension Response {
    /// A success of version 2: `{"error":0,"msg":"","data":{…}}`.
    ///
    /// `data` is an object always, `{}` when there is nothing to say. Source: `coolkit-v2-http.md` §1 ("Envelope").
    /// - Parameter holdsTokens: nobody may store the answer, and it is not compressed.
    static func version2(
        capacity: Int = 256,
        holdsTokens: Bool = false,
        _ members: (inout JSONMembers) -> Void = { _ in }
    ) -> Response {
        .object(capacity: capacity, holdsTokens: holdsTokens) { object in
            object.add("error", 0)
            object.add("msg", "")
            object.add("data", members)
        }
    }
}
