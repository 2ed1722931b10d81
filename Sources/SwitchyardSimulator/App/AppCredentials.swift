package import CoolkitWire

/// With what an app logs in.
package struct AppCredentials: Sendable, Hashable {
    package var appID: AppID
    package var appSecret: String
    /// An e-mail address, or a phone number with `+` and country code.
    package var account: String
    package var password: String

    package init(appID: AppID, appSecret: String, account: String, password: String) {
        self.appID = appID
        self.appSecret = appSecret
        self.account = account
        self.password = password
    }

    /// The member of the log-in body that carries the account.
    ///
    /// Source: `coolkit-v1-http.md` §2.4.
    var accountField: String { account.hasPrefix("+") ? "phoneNumber" : "email" }
}

/// What a log-in gave.
package struct AppSession: Sendable, Hashable {
    /// `at`, which authorizes every later call.
    package let accessToken: String
    /// `rt`, which buys a new pair.
    package let refreshToken: String
    /// The account's apikey, which names it in every message.
    package let apiKey: APIKey
    package let region: String?
    /// The whole answer.
    package let answer: JSONObject

    /// Reads the answer to a log-in, which has no `error` when it is good.
    ///
    /// Source: `coolkit-v1-http.md` §2.4.
    init(answer reply: HTTPReply) throws(SimulatorError) {
        if let error = reply.error, error != 0 {
            let text = reply.json?["msg"]?.stringValue ?? "no reason given"
            throw SimulatorError(.refused, "log-in was refused with error \(error): \(text)", number: error)
        }
        guard case .object(let answer)? = reply.json, let accessToken = answer["at"]?.stringValue,
            let refreshToken = answer["rt"]?.stringValue,
            let apiKey = answer["user"]?["apikey"]?.stringValue.flatMap({ APIKey($0) })
        else {
            throw SimulatorError(
                .unexpectedAnswer,
                "the answer to the log-in has no at, rt and user.apikey (HTTP \(reply.status))",
                number: reply.status
            )
        }
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.apiKey = apiKey
        region = answer["region"]?.stringValue
        self.answer = answer
    }
}
