import CoolkitWire
import Testing

/// One thing that can be asked of the interface about what somebody else has.
struct ImpersonationRow: Sendable, CustomTestStringConvertible {
    /// What an account that has no right hears.
    enum Kind: Sendable {
        /// It is about an object: a foreign one is refused as one that does not exist, byte for byte.
        case object
        /// It makes something of what it names, so that one that does not exist would succeed: a foreign one is refused.
        case addition
        /// It is about the caller's own: it may succeed, and tells nothing of others.
        case own
        /// A list in which others' objects are passed over: it may succeed, and tells nothing of others.
        case list
    }

    let method: String
    /// In the notation of OpenAPI.
    let path: String
    let kind: Kind
    /// Path, query and body; `$name` stands for something of the target, `@name` for the same of the caller.
    let target: String
    let body: String?
    /// Receivers of the victim's device that may do it, by the permit of their share.
    let permitted: Set<Int>

    var testDescription: String { "\(method) \(target) \(body ?? "")" }

    init(
        _ operation: String,
        _ kind: Kind,
        query: String = "",
        _ body: String? = nil,
        permitted: Set<Int> = [],
        target: String? = nil
    ) {
        let parts = operation.split(separator: " ").map(String.init)
        method = parts[0]
        path = parts[1]
        self.kind = kind
        self.target = (target ?? parts[1].replacing("{deviceid}", with: "$device")) + (query.isEmpty ? "" : "?" + query)
        self.body = body
        self.permitted = permitted
    }

    /// The request about `target`, as `caller` would make it.
    func request(by caller: ImpersonationObjects, about target: ImpersonationObjects) -> APIRequest {
        func filled(_ text: String) -> String {
            var text = text
            for (name, value) in target.names { text = text.replacing("$" + name, with: value) }
            for (name, value) in caller.names { text = text.replacing("@" + name, with: value) }
            return text
        }
        var request = APIRequest(method: method, target: filled(self.target))
        if let body {
            request.body = filled(body)
            request = request.adding("Content-Type", "application/json")
        }
        return request
    }
}

/// The ids of what one account has; those of nobody have the same form.
struct ImpersonationObjects: Sendable {
    /// By the name that stands for it; no name begins like another one.
    var names: [String: String]

    static let nobody = ImpersonationObjects(
        names: [
            "device": "1000c0c0c0", "subdevice": "a480c0c0c0", "group": String(repeating: "0", count: 32),
            "home": "65000000000000000000dead", "room": "65000000000000000000beef",
            "thinggroup": "65000000000000000000cafe", "login": "65000000000000000000f00d",
            "receiver": "cccc0000-bbbb-4ccc-8ddd-eeee22220009", "apikey": "cccc0000-bbbb-4ccc-8ddd-eeee22220008",
            "digest": String(repeating: "0", count: 64), "code": String(repeating: "0", count: 32),
        ]
    )
}
