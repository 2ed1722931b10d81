import CoolkitWire
import Foundation
import NIOHTTP1
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// Verification codes through a mail server that nobody here wrote: `aiosmtpd` of the Python package index.
    @Suite(
        "Verification codes by e-mail",
        .enabled("skipped: the Python package index cannot be reached from here") {
            try await PythonClients.standing.isAvailable
        },
        .timeLimit(.minutes(5))
    )
    struct MailTests {
        private static let password = "mail pässword"

        /// How the mail server is reached, and how one logs in there.
        struct Way: Sendable, CustomTestStringConvertible {
            let security: String
            let mechanism: String?

            var testDescription: String { "\(security), \(mechanism ?? "no log-in")" }
        }

        @Test(
            "A code arrives, in the right words, and makes an account; a refused addressee is 504",
            arguments: [
                Way(security: "starttls", mechanism: "PLAIN"), Way(security: "starttls", mechanism: "LOGIN"),
                Way(security: "tls", mechanism: "LOGIN"), Way(security: "none", mechanism: nil),
            ]
        )
        func sends(way: Way) async throws {
            try await withDataFolder { folder in
                try await withMailServer(way, folder: folder) { mail, environment in
                    try await withServer(in: folder, environment: environment) { server in
                        let cast = try await Cast(in: server)
                        let sms: JSONObject = ["sendType": "0", "email": "zoë@example.org", "lang": "cn"]

                        let sent = try await call("/api/sms", sms, cast, on: server)
                        #expect(sent.json == ["error": 0])
                        let message = try JSON(
                            parsing: await mail.output.next("the message") {
                                $0.contains(#""subject""#) || $0.contains("Subject")
                            }
                        )
                        let code = try check(message, way: way)
                        let registered = try await call(
                            "/api/user/register",
                            [
                                "email": "zoë@example.org", "verificationCode": .string(code),
                                "password": "correct-horse",
                            ],
                            cast,
                            on: server
                        )
                        #expect(registered.json?["at"]?.stringValue?.count == 40)

                        let refused: JSONObject = ["sendType": 0, "email": "refused@example.org"]
                        #expect(try await call("/api/sms", refused, cast, on: server).error == 504)
                        #expect(try await server.command("outbox", "list").output == "No verification code waits.")
                        let log = server.process.errors.text
                        #expect(log.contains("nobody of this name"))
                        for secret in [code, Self.password, "correct-horse"] { #expect(!log.contains(secret)) }
                    }
                }
            }
        }

        /// Returns the code.
        private func check(_ message: JSON, way: Way) throws -> String {
            #expect(message["from"] == "no-reply@example.org")
            #expect(message["to"] == ["zoë@example.org"])
            #expect(message["user"]?.stringValue == way.mechanism.map { _ in "switchyard" })
            #expect(message["defects"] == [])
            let headers = try #require(message["headers"])
            #expect(headers["Subject"] == "您的验证码")
            #expect(headers["To"] == "zoë@example.org")
            #expect(headers["Message-ID"]?.stringValue?.wholeMatch(of: /<[0-9a-f]{32}@example\.org>/) != nil)
            #expect(headers["Date"] != nil)
            let text = try #require(message["text"]?.stringValue)
            #expect(text.contains("注册账号"))
            let digits = try #require(text.firstMatch(of: /[0-9]{6}/))
            return String(digits.output)
        }

        @Test("A password that the mail server refuses, and a certificate nobody trusts, are 504 and a line in the log")
        func refusals() async throws {
            try await withDataFolder { folder in
                let way = Way(security: "starttls", mechanism: "PLAIN")
                try await withMailServer(way, folder: folder) { _, environment in
                    try "another password\n".write(toFile: folder + "/wrong", atomically: true, encoding: .utf8)
                    var wrong = environment
                    wrong["SWITCHYARD_MAIL_PASSWORD_FILE"] = folder + "/wrong"
                    var stranger = environment
                    stranger["SWITCHYARD_MAIL_AUTHORITY_FILE"] = "none"
                    for (environment, reason) in [(wrong, "AUTH was refused: 535"), (stranger, "no connection: ")] {
                        try await withServer(in: folder, environment: environment) { server in
                            let application = try await server.json("app", "add", "--name", "mail")
                            let answer = try await signedCall(
                                "/api/sms",
                                ["sendType": 4, "email": "zoë@example.org"],
                                appID: application["id"]?.stringValue ?? "",
                                secret: application["secret"]?.stringValue ?? "",
                                on: server
                            )

                            #expect(answer.error == 504)
                            try await server.log("A verification code could not be sent by e-mail")
                            #expect(server.process.errors.text.contains(reason))
                            #expect(!server.process.errors.text.contains("another password"))
                        }
                    }
                }
            }
        }

        /// Runs `body` with a mail server and with the settings of a server that uses it.
        private func withMailServer(
            _ way: Way,
            folder: String,
            _ body: (ChildProcess, _ environment: [String: String]) async throws -> Void
        ) async throws {
            let passwordFile = folder + "/mail-password"
            try (Self.password + "\n").write(toFile: passwordFile, atomically: true, encoding: .utf8)
            let certificates = folder + "/certificates"
            var arguments = [
                "--security", way.security, "--certificate", certificates + "/public.pem", "--key",
                certificates + "/public.key",
            ]
            var environment = [
                "SWITCHYARD_MAIL_HOST": "localhost", "SWITCHYARD_MAIL_SECURITY": way.security,
                "SWITCHYARD_MAIL_FROM": "no-reply@example.org",
                "SWITCHYARD_MAIL_AUTHORITY_FILE": certificates + "/ca.pem", "SWITCHYARD_LOG_LEVEL": "trace",
            ]
            if let mechanism = way.mechanism {
                arguments += ["--user", "switchyard", "--password-file", passwordFile, "--mechanism", mechanism]
                environment["SWITCHYARD_MAIL_USER"] = "switchyard"
                environment["SWITCHYARD_MAIL_PASSWORD_FILE"] = passwordFile
            }
            let launch = try await PythonClients.standing.launch("mail_server.py", arguments)
            try await ChildProcess.with(launch) { mail in
                let line = try await mail.output.next("the port of the mail server") { $0.contains(#""port""#) }
                environment["SWITCHYARD_MAIL_PORT"] = "\(try JSON(parsing: line)["port"]?.intValue ?? 0)"
                try await body(mail, environment)
            }
        }

        private func call(
            _ path: String,
            _ members: JSONObject,
            _ cast: Cast,
            on server: RunningServer
        ) async throws -> HTTPReply {
            let credentials = cast.credentials
            return try await signedCall(
                path,
                members,
                appID: credentials.appID.rawValue,
                secret: credentials.appSecret,
                on: server
            )
        }
    }
}

/// Makes a signed call.
func signedCall(
    _ path: String,
    _ members: JSONObject,
    appID: String,
    secret: String,
    on server: RunningServer
) async throws -> HTTPReply {
    var body: JSONObject = ["appid": .string(appID), "nonce": "a1b2c3d4", "ts": 1_700_000_001, "version": 8]
    for (key, value) in members { body[key] = value }
    let json = JSON.object(body)
    let signature = RequestSignature.sign(Array(json.text.utf8), secret: secret)
    return try await withHTTPCaller(to: server.address(), trust: server.trust) {
        try await $0.call(.POST, path, headers: ["Authorization": "Sign \(signature)"], body: json.buffer)
    }
}
