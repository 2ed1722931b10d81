import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// Verification codes without a mail server, as an operator sees them.
    @Suite("Verification codes through the operator", .timeLimit(.minutes(3)))
    struct VerificationCommandTests {
        @Test("outbox: list and clear; codes, and what counts against their limits, survive kill -9")
        func outbox() async throws {
            try await withDataFolder { folder in
                var (appID, secret, code) = ("", "", "")
                let sms: JSONObject = ["sendType": "0", "email": "eve@example.org"]
                try await withServer(in: folder) { server in
                    let application = try await server.json("app", "add", "--name", "phone")
                    appID = application["id"]?.stringValue ?? ""
                    secret = application["secret"]?.stringValue ?? ""
                    #expect(try await server.command("outbox", "list").output == "No verification code waits.")
                    for _ in 0..<3 {
                        #expect(
                            try await signedCall("/api/sms", sms, appID: appID, secret: secret, on: server).error == 0
                        )
                    }
                    let messages = try await server.json("outbox", "list")["messages"]?.arrayValue ?? []
                    #expect(messages.count == 3)
                    code = messages.first?["code"]?.stringValue ?? ""
                    server.process.send(SIGKILL)
                    #expect(try await server.process.exit() == .signalled(SIGKILL))
                }
                try await withServer(in: folder) { server in
                    #expect(
                        try await server.command("outbox", "list").output.contains("eve@example.org  \(code)  register")
                    )
                    #expect(
                        try await signedCall("/api/sms", sms, appID: appID, secret: secret, on: server).error == 160_038
                    )
                    let register: JSONObject = [
                        "email": "eve@example.org", "verificationCode": .string(code), "password": "correct-horse",
                    ]
                    let made = try await signedCall(
                        "/api/user/register",
                        register,
                        appID: appID,
                        secret: secret,
                        on: server
                    )
                    #expect(made.json?["at"] != nil)
                    let again = try await signedCall(
                        "/api/user/register",
                        register,
                        appID: appID,
                        secret: secret,
                        on: server
                    )
                    #expect(again.error == 498)

                    #expect(try await server.command("outbox", "clear").status == 0)
                    #expect(try await server.json("outbox", "list") == ["messages": []])
                    let moved = try await server.command("account", "region", "eve@example.org", "us")
                    #expect(moved.output == "Account  eve@example.org\nRegion   us\nSent to  -")
                    let limited = try await server.json("app", "set", appID, "--clock-skew-limit", "300")
                    #expect(limited["clockSkewLimitSeconds"] == 300)
                    #expect(
                        try await signedCall("/api/sms", sms, appID: appID, secret: secret, on: server).error == 406
                    )
                    let checks = try await server.json("app", "set", appID, "--nonce-replay-check")
                    #expect(checks["nonceReplayCheck"] == true && checks["clockSkewLimitSeconds"] == .null)
                    #expect(
                        try await signedCall("/api/sms", sms, appID: appID, secret: secret, on: server).error == 409
                    )
                    #expect(
                        try await signedCall("/api/sms", sms, appID: appID, secret: secret, on: server).error == 406
                    )
                }
            }
        }
    }
}
