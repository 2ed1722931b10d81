import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@testable import SwitchyardAPI

@Suite("The authorization page")
struct OAuthPageTests {
    private func withVisit<Result: Sendable>(
        _ settings: ProtocolSettings = ProtocolSettings(),
        listeners: Set<TestListener> = [],
        configuring change: (inout ServerConfiguration) -> Void = { _ in },
        _ body: @Sendable (AuthorizationVisit) async throws -> Result
    ) async throws -> Result {
        try await withAPI(settings, listeners: listeners, configuring: change) { rig in
            _ = try await rig.makeAccount("ann@example.org")
            return try await body(try await AuthorizationVisit.prepare(rig))
        }
    }

    @Test("The form names the application and where it leads; nothing runs, frames or stores it")
    func showsForm() async throws {
        try await withVisit { visit in
            let page = try await visit.show()

            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("<strong>documents</strong>"))
            #expect(page.text.contains("<strong>app.example.org</strong>"))
            #expect(page.text.contains("autocomplete=\"username\""))
            #expect(page.text.contains("autocomplete=\"current-password\""))
            #expect(!page.text.contains("<script") && !page.text.contains("style=") && !page.text.contains("onload"))
            #expect(
                page.headers["content-security-policy"]
                    == "default-src 'none'; style-src 'self'; form-action 'self' https://app.example.org; "
                    + "frame-ancestors 'none'; base-uri 'none'"
            )
            #expect(page.headers["cache-control"] == "no-store")
            #expect(page.headers["referrer-policy"] == "no-referrer")
            #expect(page.headers["x-content-type-options"] == "nosniff")
            #expect(page.headers["x-frame-options"] == "DENY")
            let cookie = try #require(page.headers["set-cookie"])
            #expect(
                cookie.wholeMatch(
                    of: #/__Host-switchyard-form=[0-9a-f]{32}; Path=/; Secure; HttpOnly; SameSite=Lax/#
                ) != nil
            )
        }
    }

    @Test("Somebody who logs in goes back with a code, which is good for tokens")
    func letsIn() async throws {
        try await withVisit { visit in
            let answer = try await visit.answer()

            #expect(answer.status == 303)
            #expect(answer.text == "")
            let location = try #require(answer.headers["location"])
            let code = try #require(location.firstMatch(of: #/&code=([0-9a-f-]{36})/#)?.1)
            #expect(location == "\(AuthorizationVisit.redirectURL)&code=\(code)&region=eu&state=a%20b%26c")
            #expect(answer.headers["referrer-policy"] == "no-referrer")
            #expect(answer.headers["cache-control"] == "no-store")
            let tokens = try await visit.rig.send(AuthorizationVisit.trade(String(code)))
            #expect(tokens.error == 0)
        }
    }

    @Test(
        "The state goes back as it came, however its application encodes a space",
        arguments: ["a+b%2B", "a%20b", nil]
    )
    func keepsState(state: String?) async throws {
        try await withVisit { visit in
            var visit = visit
            visit.query = AuthorizationVisit.query(state: state)

            let denial = try await visit.answer(answer: "deny").headers["location"]
            let location = try await visit.answer().headers["location"] ?? ""
            let suffix = state.map { "&state=\($0)" } ?? ""
            #expect(denial == "\(AuthorizationVisit.redirectURL)&error=access_denied\(suffix)")
            #expect(location.hasSuffix("&region=eu\(suffix)"))
        }
    }

    @Test("Somebody who says no goes back without a code, and needs no password for it")
    func denies() async throws {
        try await withVisit { visit in
            let answer = try await visit.answer(account: "", password: "", answer: "deny")

            #expect(answer.status == 303)
            #expect(
                answer.headers["location"]
                    == "\(AuthorizationVisit.redirectURL)&error=access_denied&state=a%20b%26c"
            )
        }
    }

    @Test(
        "A request of nobody known, badly signed or to an address not registered gets a page that leads nowhere",
        arguments: [
            (AuthorizationVisit.query(appID: "unknown"), 403), (AuthorizationVisit.query(appID: "a%20b"), 403),
            (AuthorizationVisit.query(secret: "wrong"), 403), ("", 403),
            (AuthorizationVisit.query(redirectURL: "https://evil.example/"), 403),
            (AuthorizationVisit.query(redirectURL: AuthorizationVisit.redirectURL + "%26x=1"), 403),
            (AuthorizationVisit.query(redirectURL: "https://app.example.org/linked"), 403),
            (AuthorizationVisit.query(grantType: "implicit"), 400),
            (AuthorizationVisit.query(state: String(repeating: "s", count: 1_025)), 400),
        ]
    )
    func refuses(query: String, status: Int) async throws {
        try await withVisit { visit in
            var visit = visit
            visit.query = query

            for answer in [
                try await visit.show(), try await visit.rig.send(visit.request("POST", form: "answer=deny")),
            ] {
                #expect(answer.status == status)
                #expect(answer.headers["location"] == nil && answer.headers["set-cookie"] == nil)
                #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
                #expect(!answer.text.contains("<form") && !answer.text.contains("evil.example"))
                #expect(answer.headers["content-security-policy"]?.contains("form-action 'none'") == true)
            }
        }
    }

    @Test("A form is taken from the browser and the page it was given to, and from no other")
    func refusesForgeries() async throws {
        try await withVisit { visit in
            let (mine, others) = (try await visit.show(), try await visit.show())
            let fields = "&account=ann%40example.org&password=\(TLSRig.password)&answer=allow"
            let cookie = AuthorizationVisit.cookie(of: mine)
            let token = "token=" + AuthorizationVisit.token(in: mine)
            var otherVisit = visit
            otherVisit.query += "&more=1"
            let forgeries = [
                visit.request("POST", form: token + fields),
                visit.request("POST", form: String(fields.dropFirst()), cookie: cookie),
                visit.request("POST", form: "token=" + fields, cookie: cookie),
                visit.request("POST", form: token + fields, cookie: AuthorizationVisit.cookie(of: others)),
                visit.request("POST", form: token + fields, cookie: cookie + "0"),
                otherVisit.request("POST", form: token + fields, cookie: cookie),
            ]

            for forgery in forgeries {
                let answer = try await visit.rig.send(forgery)
                #expect(answer.status == 403)
                #expect(answer.headers["location"] == nil)
                #expect(answer.text.contains("too old"))
            }
            let good = visit.request("POST", form: token + fields, cookie: "a=b; \(cookie); c=d")
            #expect(try await visit.rig.send(good).status == 303)
        }
    }

    @Test("Two tabs of one browser share its cookie; each form is good")
    func keepsCookie() async throws {
        try await withVisit { visit in
            let cookie = AuthorizationVisit.cookie(of: try await visit.show())

            let again = try await visit.rig.send(visit.request("GET", cookie: cookie))

            #expect(AuthorizationVisit.cookie(of: again) == cookie)
        }
    }

    @Test(
        "What is wrong is told in the form, which keeps the account; wrong account and wrong password look alike",
        arguments: [
            ("ann%40example.org", "wrong-horse"), ("eve%40example.org", "wrong-horse"), ("nobody", "x"), ("", ""),
        ]
    )
    func wrongPassword(account: String, password: String) async throws {
        try await withVisit { visit in
            let answer = try await visit.answer(account: account, password: password)

            #expect(answer.status == 403)
            #expect(answer.headers["location"] == nil)
            #expect(answer.text.contains("role=\"alert\">The account or the password is wrong.</p>"))
            #expect(answer.text.contains("value=\"\(account.replacing("%40", with: "@"))\""))
            #expect(!answer.text.contains("wrong-horse"))
        }
    }

    @Test("A phone number may be typed with spaces and dashes")
    func phoneNumber() async throws {
        try await withVisit { visit in
            _ = try await visit.rig.makeAccount("+4915112345678")

            #expect(try await visit.answer(account: "+%2B49+151-1234%2F5678+").status == 303)
        }
    }

    @Test("What was typed comes back as text and never as HTML")
    func escapes() async throws {
        try await withVisit { visit in
            let answer = try await visit.answer(account: "%22%3E%3Cscript%3Ealert('x')%3C%2Fscript%3E%26")

            #expect(!answer.text.contains("<script"))
            #expect(answer.text.contains("value=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\""))
        }
    }

    @Test("An application's name is text, too")
    func escapesName() async throws {
        try await withVisit { visit in
            let application = try await visit.rig.server.switchyard.applications.create(
                name: "<b onclick=\"x\">Web & Co</b>",
                secret: "s",
                redirectURLs: [try RedirectURL(AuthorizationVisit.redirectURL)]
            )
            var visit = visit
            visit.query = AuthorizationVisit.query(appID: application.id.rawValue, secret: "s")

            let text = try await visit.show().text
            #expect(text.contains("<strong>&lt;b onclick=&quot;x&quot;&gt;Web &amp; Co&lt;/b&gt;</strong>"))
        }
    }

    @Test("Too many failures close the form for some minutes, here and for log-ins")
    func limits() async throws {
        let limits: @Sendable (inout ServerConfiguration) -> Void = { $0.limits.failedLoginsPerAccount = 2 }
        try await withVisit(configuring: limits) { visit in
            for _ in 0..<2 { _ = try await visit.answer(password: "wrong-horse") }

            let blocked = try await visit.answer()
            #expect(blocked.status == 429)
            #expect(blocked.text.contains("Try again in a few minutes"))
            let login = TLSRig.login(["email": "ann@example.org", "password": .string(TLSRig.password)])
            #expect(try await visit.rig.send(login).error == 503)
            visit.rig.clocks.advance(by: .seconds(120))
            #expect(try await visit.answer().status == 303)
        }
    }

    @Test("Whoever is at home in another region is told where")
    func otherRegion() async throws {
        try await withVisit(.with(\.regionHosts, ["us": "us.example.org"])) { visit in
            let account = try await visit.rig.accounts.account(named: "ann@example.org")
            try await visit.rig.accounts.setRegion("us", of: account.id)

            let answer = try await visit.answer()
            #expect(answer.status == 403)
            #expect(answer.text.contains("another server: us.example.org"))
        }
    }

    @Test("Without TLS the cookie is an ordinary one, and the page warns", .timeLimit(.minutes(1)))
    func plainListener() async throws {
        try await withVisit(listeners: [.plain]) { visit in
            var visit = visit
            visit.listener = .plain

            let page = try await visit.show()
            #expect(page.text.contains("This connection is not encrypted"))
            let cookie = try #require(page.headers["set-cookie"])
            let expected = #/switchyard-form=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax/#
            #expect(cookie.wholeMatch(of: expected) != nil)
            #expect(try await visit.answer().status == 303)
        }
    }

    @Test("What is no form, or too large, is refused")
    func refusesBodies() async throws {
        try await withVisit { visit in
            let large = visit.request("POST", form: "account=" + String(repeating: "a", count: FormBody.maximumBytes))
            let json = visit.request("POST", form: "{}").without("Content-Type")
                .adding("Content-Type", "application/json")

            for request in [large, json] {
                let answer = try await visit.rig.send(request)
                #expect(answer.status == 400)
                #expect(answer.headers["location"] == nil)
            }
        }
    }

    @Test(
        "The page is in Chinese for whom asks for it first",
        arguments: [
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"), ("zh", "zh-Hans"), ("en;q=0.5, zh-TW;q=0.7", "zh-Hans"),
            ("en-US,en;q=0.9,zh;q=0.8", "en"), ("de", "en"), ("zh;q=0", "en"), ("", "en"), ("zh;q=x,en", "en"),
        ]
    )
    func languages(header: String, tag: String) async throws {
        try await withVisit { visit in
            var visit = visit
            visit.headers = [("Accept-Language", header)]

            let page = try await visit.show()
            #expect(page.headers["content-language"] == tag)
            #expect(page.text.contains("<html lang=\"\(tag)\">"))
            #expect(page.text.contains(tag == "en" ? "Log in and allow" : "登录并授权"))
        }
    }

    @Test("The style sheet is served, and other methods are not")
    func stylesheet() async throws {
        try await withVisit { visit in
            let sheet = try await visit.rig.send(.get(OAuthPage.stylesheetPath))
            let put = try await visit.rig.send(visit.request("PUT"))

            #expect([sheet.status, put.status] == [200, 404])
            #expect(sheet.headers["content-type"] == "text/css; charset=utf-8")
            #expect(sheet.text.contains(":focus-visible"))
        }
    }
}
