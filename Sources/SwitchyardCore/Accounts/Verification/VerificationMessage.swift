/// A verification code on its way to somebody.
package struct VerificationMessage: Hashable, Sendable {
    package let destination: AccountIdentifier
    package let purpose: CodePurpose
    package let code: String
    package let language: Language

    package init(destination: AccountIdentifier, purpose: CodePurpose, code: String, language: Language) {
        self.destination = destination
        self.purpose = purpose
        self.code = code
        self.language = language
    }

    /// The subject of the e-mail.
    package var subject: String {
        switch language {
        case .english: "Your verification code"
        case .chinese: "您的验证码"
        }
    }

    /// The text for its reader, lines separated by line feeds.
    package var text: String {
        let minutes = VerificationCode.lifetime.components.seconds / 60
        switch language {
        case .english:
            return """
                Your verification code is \(code).

                It is for \(englishPurpose) and is valid for \(minutes) minutes.
                If you did not ask for it, you need not do anything.

                """
        case .chinese:
            return """
                您的验证码是 \(code)。

                该验证码用于\(chinesePurpose)，\(minutes) 分钟内有效。
                如果不是您本人操作，请忽略此消息。

                """
        }
    }

    private var englishPurpose: String {
        switch purpose {
        case .register: "making an account"
        case .resetPassword: "setting a new password"
        case .deleteAccount: "deleting your account"
        case .weChat: "logging in"
        }
    }

    private var chinesePurpose: String {
        switch purpose {
        case .register: "注册账号"
        case .resetPassword: "重置密码"
        case .deleteAccount: "注销账号"
        case .weChat: "登录"
        }
    }
}
