import CoolkitWire
import Hummingbird
import SwitchyardCore

/// The `user` of version 2.
///
/// Every account is of the advanced level, without an end. The server knows no addresses' countries: `ipCountry` is that of the
/// country code, as clients take it for granted. Source: `coolkit-v2-http.md` §2.3; the members of the profile, §2.4, come back under their names.
struct V2UserObject {
    let account: Account

    private static let advancedLevel = 20

    func write(into object: inout JSONMembers) {
        let profile = account.profile
        object.add("timezone") { $0.addTimeZone(profile.timeZone) }
        object.add("accountLevel", Self.advancedLevel)
        object.add("levelExpiredAt", 0)
        object.add("countryCode", account.countryCode?.text ?? "")
        switch account.identifier {
        case .email(let email): object.add("email", email)
        case .phone(let number): object.add("phoneNumber", number)
        }
        object.add("apikey", account.apiKey.rawValue)
        if !account.nickname.isEmpty { object.add("nickname", account.nickname) }
        object.add("accountConsult", profile.wasConsulted)
        if let accepts = profile.acceptsAdvertising { object.add("acceptEmailAd", accepts) }
        if let email = profile.subscribedEmail { object.add("emailSubscription") { $0.add("email", email) } }
        if let tag = profile.languageTag { object.add("language", tag.text) }
        object.add("lang", account.language.rawValue)
        object.add("appForumEnterHide", false)
        object.add("appVersion", account.lastLogin?.appVersion ?? "")
        object.add("denyRecharge", false)
        object.add("ipCountry", account.countryCode?.country ?? "")
    }
}

extension JSONMembers {
    /// Adds what `GET /v2/user/profile` answers.
    mutating func add(profileOf account: Account) {
        add("user", V2UserObject(account: account).write)
        add("region", account.region)
    }

    /// Who never told his time zone has that of Greenwich.
    fileprivate mutating func addTimeZone(_ zone: ProfileTimeZone?) {
        add("id", zone?.id ?? "Etc/UTC")
        add("offset", .number(zone?.offsetHours ?? 0))
    }
}

extension Response {
    /// The answer of log-in, register and password reset of version 2.
    ///
    /// Source: `coolkit-v2-http.md` §2.2, §2.3.
    static func version2(login: LoginResult) -> Response {
        .version2(capacity: 1_024, holdsTokens: true) { data in
            data.add("user", V2UserObject(account: login.account).write)
            data.add("at", login.tokens.accessToken)
            data.add("rt", login.tokens.refreshToken)
            data.add("region", login.account.region)
        }
    }
}
