import CoolkitWire
import NIOCore
import SwitchyardCore

/// The `user` of a log-in's answer.
///
/// Times that are not known are left out, as Go clients cannot read empty ones. Source: `coolkit-v1-http.md` §1.5, §2.4.
struct UserObject {
    let account: Account
    /// Whether an app of the account has a session.
    let isOnline: Bool

    func write(into object: inout JSONMembers) {
        object.add("_id", account.id.description)
        switch account.identifier {
        case .email(let email): object.add("email", email)
        case .phone(let number): object.add("phoneNumber", number)
        }
        if let login = account.lastLogin { object.add("appId", login.appID.rawValue) }
        object.add("lang", account.language.rawValue)
        object.add("online", isOnline)
        if let login = account.lastLogin { object.add("onlineTime", login.time.iso8601) }
        object.add("ip", account.lastLogin?.address ?? "")
        object.add("location", "")
        object.add("appInfos", appInfos)
        object.add("clientInfo", .object(clientInfo))
        if !account.nickname.isEmpty { object.add("nickname", account.nickname) }
        object.add("createdAt", account.createdAt.iso8601)
        object.add("apikey", account.apiKey.rawValue)
    }

    /// The client of the last log-in, as far as it told.
    private var appInfos: JSON { clientInfo.isEmpty ? [] : [.object(clientInfo)] }

    /// The same as an object, there even when it is empty: a Python client (`ewelink-api-python`) reads it unasked.
    private var clientInfo: JSONObject {
        var info = JSONObject()
        if let os = account.lastLogin?.os { info["os"] = .string(os) }
        if let appVersion = account.lastLogin?.appVersion { info["appVersion"] = .string(appVersion) }
        return info
    }
}
