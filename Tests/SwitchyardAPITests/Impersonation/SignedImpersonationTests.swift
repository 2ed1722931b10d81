import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing

@testable import SwitchyardServer

/// Everybody who might pretend to be an application, against everything that one signs, and one application against what another
/// was given.
@Suite("Impersonation of applications", .timeLimit(.minutes(5)))
struct SignedImpersonationTests {
    /// What is asked about an account before it is logged in; `$rt` and `$grant` are what one application was given.
    private static let rows: [ImpersonationRow] = [
        ImpersonationRow("POST /api/sms", .own, #"{"appid":"@appid","sendType":"1","email":"$email"}"#),
        ImpersonationRow(
            "POST /api/user/register",
            .own,
            #"{"appid":"@appid","email":"$email","password":"new-horse","verificationCode":"471100"}"#
        ),
        ImpersonationRow(
            "POST /api/user/login",
            .own,
            #"{"appid":"@appid","email":"$email","password":"correct-horse"}"#
        ),
        ImpersonationRow(
            "POST /api/user/password/reset",
            .own,
            #"{"appid":"@appid","email":"$email","password":"new-horse","verificationCode":"471100"}"#
        ),
        ImpersonationRow("GET /api/user/refresh", .object, query: "appid=@appid&rt=$rt"),
        ImpersonationRow(
            "POST /v2/user/register",
            .own,
            #"{"countryCode":"+49","email":"$email","password":"new-horse","verificationCode":"471100"}"#
        ),
        ImpersonationRow(
            "POST /v2/user/login",
            .own,
            #"{"countryCode":"+49","email":"$email","password":"correct-horse"}"#
        ),
        ImpersonationRow(
            "POST /v2/user/sms-login",
            .own,
            #"{"countryCode":"+86","phoneNumber":"+8613800000000","verificationCode":"471100"}"#
        ),
        ImpersonationRow("POST /v2/user/verification-code", .own, #"{"type":1,"email":"$email"}"#),
        ImpersonationRow(
            "POST /v2/user/reset-pwd",
            .own,
            #"{"email":"$email","password":"new-horse","verificationCode":"471100"}"#
        ),
        ImpersonationRow("POST /v2/user/refresh", .object, #"{"rt":"$rt"}"#),
        ImpersonationRow(
            "POST /v2/user/oauth/token",
            .object,
            #"{"code":"$grant","redirectUrl":"\#(AuthorizationVisit.redirectURL)","grantType":"authorization_code"}"#
        ),
    ]

    /// Where a country is: nothing of anybody, and in version 1 a wrong signature does as well.
    ///
    /// Source: `coolkit-v1-http.md` §2.1.
    private static let regions = ["/api/user/region", "/v2/utils/get-region"]

    private static let nobody = ImpersonationObjects(
        names: [
            "email": "nora@example.org", "rt": String(repeating: "0", count: 40),
            "grant": "0b0c8c1e-0000-4000-8000-000000000000",
        ]
    )

    /// What of hers these calls name, with a code that she gave the first application.
    private func objects(in scene: ImpersonationScene) async throws -> ImpersonationObjects {
        let victim = scene.world.victim
        let email = victim.account.identifier.description
        let visit = try await AuthorizationVisit.prepare(scene.rig, of: TLSRig.appID)
        let code = try await visit.code(account: email.replacing("@", with: "%40"))
        return ImpersonationObjects(names: ["email": email, "rt": victim.tokens.refreshToken, "grant": code])
    }

    private static func objects(of appID: String) -> ImpersonationObjects {
        ImpersonationObjects(names: ["appid": appID])
    }

    /// The value of `Authorization` for a call that this secret signs.
    private static func signature(of request: APIRequest, _ secret: String) -> String? {
        request.signed(secret).headers.last { $0.name == "Authorization" }?.value
    }

    @Test("Every operation that is signed has a row")
    func isComplete() throws {
        for version in OpenAPIDocument.Version.allCases {
            for operation in try DocumentedOperation.all(of: version)
            where operation.security == "sign" && !Self.regions.contains(operation.path) {
                #expect(
                    Self.rows.contains { $0.method == operation.method && $0.path == operation.path },
                    "\(operation)"
                )
            }
        }
    }

    @Test("Who cannot sign as an application gets nowhere, whatever else he knows, and nothing is read or sent")
    func withoutSecret() async throws {
        try await withImpersonation { scene in
            let (world, victim) = (scene.world, scene.world.victim)
            let target = try await objects(in: scene)
            let before = try await StoreContents(of: scene.rig.store)
            let signers: [(name: String, appID: String, secret: String)] = [
                ("wrong key", TLSRig.appID, "wrong"),
                ("another application's secret", TLSRig.appID, ImpersonationWorld.otherSecret),
                ("another appid", ImpersonationWorld.otherApp, TLSRig.secret),
                ("an unknown appid", "unknown", TLSRig.secret),
                ("the appid as the secret", TLSRig.appID, TLSRig.appID),
                ("her apikey as the secret", TLSRig.appID, victim.account.apiKey.rawValue),
                ("her device's key as the secret", TLSRig.appID, victim.deviceKey),
            ]
            var cells = 0

            for row in Self.rows {
                for signer in signers {
                    try await expectRefused(row, signer.name, as: signer.appID, about: target, in: scene) {
                        Self.signature(of: $0, signer.secret)
                    }
                    cells += 1
                }
                for (name, header) in [
                    ("no key", nil), ("another account's at", "Bearer \(world.stranger.tokens.accessToken)"),
                    ("her superseded at", "Bearer \(world.deadTokens[1].pair.accessToken)"),
                ] where header == nil || row.path != "/v2/user/refresh" {
                    try await expectRefused(row, name, as: TLSRig.appID, about: target, in: scene) { _ in header }
                    cells += 1
                }
            }

            try await scene.expectUndisturbed(since: before)
            print("impersonation, calls of applications: \(cells) cells, 0 allowed")
        }
    }

    /// Version 2 has 400 for a wrong signature as well, with this text.
    private static func isRefusal(_ answer: APIAnswer, of row: ImpersonationRow) -> Bool {
        guard row.path.hasPrefix("/v2") else { return answer.error == 406 }
        return answer.error == 407 || answer["msg"] == "sign verification failed"
    }

    /// The answer does not depend on what the call is about, as nothing of that is looked at.
    private func expectRefused(
        _ row: ImpersonationRow,
        _ name: String,
        as appID: String,
        about target: ImpersonationObjects,
        in scene: ImpersonationScene,
        authorization: (APIRequest) -> String?
    ) async throws {
        let label = "\(row.testDescription) by \(name)"
        var texts: [String] = []
        for target in [target, Self.nobody] {
            var request = row.request(by: Self.objects(of: appID), about: target)
            if row.path.hasPrefix("/v2") { request = request.adding("X-CK-Appid", appID) }
            request = request.authorized(authorization(request))
            let (answer, statements) = try await scene.statements.during { try await scene.rig.send(request) }
            #expect(Self.isRefusal(answer, of: row), "\(label): \(answer.text)")
            #expect(statements.isEmpty, "\(label)")
            texts.append(answer.text)
        }
        #expect(texts[0] == texts[1], "\(label)")
    }

    @Test("What one application was given is to another as if it did not exist, and stays good for the first")
    func otherApplication() async throws {
        try await withImpersonation { scene in
            let target = try await objects(in: scene)
            let before = try await StoreContents(of: scene.rig.store)
            var cells = 0

            for row in Self.rows where row.kind == .object {
                let caller = Self.objects(of: ImpersonationWorld.otherApp)
                var answers: [(answer: APIAnswer, statements: [String])] = []
                for target in [target, Self.nobody] {
                    var request = row.request(by: caller, about: target).signed(ImpersonationWorld.otherSecret)
                    request = request.adding("X-CK-Appid", ImpersonationWorld.otherApp)
                    let (answer, statements) = try await scene.statements.during { try await scene.rig.send(request) }
                    answers.append((answer, statements))
                }
                #expect(
                    [401, 405].contains(answers[0].answer.error),
                    "\(row.testDescription): \(answers[0].answer.text)"
                )
                #expect(answers[0].answer.text == answers[1].answer.text, "\(row.testDescription)")
                #expect(answers[0].statements == answers[1].statements, "\(row.testDescription)")
                cells += 1
            }

            try await scene.expectUndisturbed(since: before)
            let trade = AuthorizationVisit.trade(target.names["grant"] ?? "")
            #expect(try await scene.rig.send(trade).error == 0)
            print("impersonation, another application: \(cells) cells, 0 allowed")
        }
    }

    @Test("An application that an account leaves, or that ends its own tokens, ends nothing of another application's")
    func ownEnd() async throws {
        try await withImpersonation { scene in
            let (rig, victim) = (scene.rig, scene.world.victim)
            for path in ["/v2/user/oauth/token", "/v2/user/logout"] {
                let other = try await rig.accounts.logIn(
                    victim.account.identifier,
                    password: TLSRig.password,
                    client: LoginClient(appID: AppID(unchecked: ImpersonationWorld.otherApp), address: "192.0.2.10")
                ).tokens.accessToken
                // The header names another application than the token is of: that of the token counts.
                let end = APIRequest.delete(path, token: other).adding("X-CK-Appid", TLSRig.appID)

                #expect(try await rig.send(end).error == 0)

                #expect(try await rig.send(.get("/v2/family", token: other)).error == 401)
            }

            try await scene.expectUndisturbed()
        }
    }

    @Test("The page of authorization opens to none but the application that signed for its own address")
    func page() async throws {
        try await withImpersonation { scene in
            var visit = try await AuthorizationVisit.prepare(scene.rig, of: TLSRig.appID)
            let shown = try await visit.show()
            let form =
                "token=\(AuthorizationVisit.token(in: shown))&account=vera%40example.org&password=\(TLSRig.password)&answer=allow"
            let cookie = AuthorizationVisit.cookie(of: shown)
            let right = visit.query
            let other = (ImpersonationWorld.otherApp, ImpersonationWorld.otherSecret)
            let queries: [(name: String, query: String)] = [
                ("no key", String(right.prefix { $0 != "&" }) + "&redirectUrl=x"),
                ("wrong key", AuthorizationVisit.query(secret: "wrong")),
                ("another application's secret", AuthorizationVisit.query(secret: other.1)),
                ("another appid", AuthorizationVisit.query(appID: other.0)),
                ("another application to her URL", AuthorizationVisit.query(appID: other.0, secret: other.1)),
                ("another URL", AuthorizationVisit.query(redirectURL: "https://evil.example.org/")),
            ]

            for (name, query) in queries {
                visit.query = query
                for request in [visit.request("GET"), visit.request("POST", form: form, cookie: cookie)] {
                    let (answer, statements) = try await scene.statements.during { try await scene.rig.send(request) }
                    #expect(answer.headers["location"] == nil, "\(name)")
                    #expect(!answer.text.contains("<form"), "\(name): \(answer.text)")
                    #expect(statements.isEmpty, "\(name)")
                }
            }
            // Her own form is good in her own browser alone.
            visit.query = right
            let elsewhere = AuthorizationVisit.cookie(of: try await visit.show())
            let answer = try await scene.rig.send(visit.request("POST", form: form, cookie: elsewhere))
            #expect(answer.headers["location"] == nil)
            #expect(answer.status == 403)

            try await scene.expectUndisturbed()
            print("impersonation, page of authorization: \(queries.count * 2 + 1) cells, 0 allowed")
        }
    }
}
