import Hummingbird
import SwitchyardCore

/// The texts of the authorization page, in one language.
struct OAuthPageText: Sendable {
    let language: Language

    /// That of the reader's browser; English unless it asks for Chinese first.
    init(of request: Request) {
        language = Self.prefersChinese(request.headers[.acceptLanguage] ?? "") ? .chinese : .english
    }

    /// The `lang` of the document.
    var tag: String { choose("en", "zh-Hans") }
    var title: String { choose("Allow access", "授权登录") }
    /// Behind the application's name.
    var question: String { choose("wants to use your devices", "想要使用你的设备") }
    /// Before the name of the host.
    var explanation: String {
        choose(
            "If you log in here, it may see and control the devices of your account. You go on to",
            "在此登录后，它可以查看和控制你账号下的设备。随后将前往"
        )
    }
    var account: String { choose("E-mail address or phone number", "邮箱或手机号") }
    var accountHint: String {
        choose("Phone numbers with their country code: +49 …", "手机号请加国家区号，例如 +86。")
    }
    var password: String { choose("Password", "密码") }
    var allow: String { choose("Log in and allow", "登录并授权") }
    var deny: String { choose("Cancel", "取消") }
    var unencrypted: String {
        choose(
            "This connection is not encrypted: others in your network could read your password.",
            "此连接未加密，同一网络中的他人可能看到你的密码。"
        )
    }
    var refusalTitle: String { choose("This link does not work", "链接无效") }

    /// Why the form is shown once more.
    ///
    /// Whether the account or its password is wrong is not told, as on no page.
    func fault(_ error: SwitchyardError, host: String?) -> String {
        switch error.code {
        case .accountNotFound, .wrongPassword, .invalidInput:
            choose("The account or the password is wrong.", "账号或密码错误。")
        case .busy: choose("Too many attempts. Try again in a few minutes.", "尝试次数过多，请几分钟后再试。")
        case .otherRegion:
            choose("This account is at home on another server", "此账号属于其他服务器") + (host.map { ": \($0)" } ?? "")
        default: choose("Something went wrong here. Try again later.", "服务器出错，请稍后再试。")
        }
    }

    /// Why a form was not taken.
    var staleForm: String {
        choose(
            "This page was too old, or your browser keeps no cookies. Please try once more.",
            "页面已过期，或浏览器禁用了 Cookie，请重试。"
        )
    }

    /// Why nothing can be allowed here; the reader cannot mend it.
    func refusal(_ error: SwitchyardError) -> String {
        switch error.code {
        case .applicationUnknown, .authenticationFailed:
            choose(
                "The application that sent you here is not known to this server, or has not signed its request.",
                "此服务器不认识该应用，或其请求未正确签名。"
            )
        case .forbidden:
            choose(
                "The application wants you to be sent to an address that its operator has not registered.",
                "该应用要跳转的地址未经登记。"
            )
        case .invalidInput:
            choose("The link is incomplete, or not of a kind that is known here.", "链接不完整或类型不受支持。")
        case .busy: choose("Too many attempts. Try again in a few minutes.", "尝试次数过多，请几分钟后再试。")
        default: choose("Something went wrong here. Try again later.", "服务器出错，请稍后再试。")
        }
    }

    private func choose(_ english: String, _ chinese: String) -> String { language == .chinese ? chinese : english }

    /// Whether Chinese stands before English in an `Accept-Language`.
    static func prefersChinese(_ header: String) -> Bool {
        var best = (chinese: 0.0, english: 0.0)
        for range in header.lowercased().split(separator: ",").prefix(32) {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let tag = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if tag == "zh" || tag.hasPrefix("zh-") { best.chinese = max(best.chinese, weight) }
            if tag == "en" || tag.hasPrefix("en-") { best.english = max(best.english, weight) }
        }
        return best.chinese > best.english
    }
}
