import CoolkitWire

extension V2Call {
    static let messages = [
        V2Call("messages", hasBody: false) { .get("/v2/message/read?num=30", token: $0.token) }
    ]
}

/// Source: `coolkit-v2-http.md` §6.
extension V2FaultTable {
    static let messages: [FaultCase] =
        [
            "num=0", "num=31", "num=-1", "num=x", "num=1.5", "num=1&from=x", "from=-1", "from=1.5", "from=now",
        ].map { query in
            FaultCase("v2 messages with \(query)", 400) { .get("/v2/message/read?\(query)", token: $0.token) }
        }
        + [
            ("an unknown home", String(repeating: "0", count: 24)), ("what is no home", "home"),
        ].map { name, id in
            FaultCase("v2 messages of \(name)", 405) { .get("/v2/message/read?familyid=\(id)", token: $0.token) }
        }
}
