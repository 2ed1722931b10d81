import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// The authorization page in a real browser.
    @Suite(
        "Chromium",
        .enabled(if: (try? systemProgram("chromium")) != nil && (try? systemProgram("chromedriver")) != nil),
        .timeLimit(.minutes(3))
    )
    struct BrowserTests {
        @Test("Somebody links an application with the keyboard alone and without scripts, and refuses one")
        func linksApplication() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    let cast = try await Cast(in: server)
                    let arguments = try arguments(for: server, cast)

                    let visit = try await run(systemProgram("python3"), arguments, within: .seconds(120))

                    #expect(visit.status == 0, "\(visit.output)\n\(visit.errors)")
                    let steps = try visit.output.split(separator: "\n").map {
                        try JSON(parsing: String($0))["step"]?.stringValue
                    }
                    #expect(
                        steps == ["no scripts", "fields", "wrong password", "arrival", "tokens", "refusal"]
                    )
                }
            }
        }

        private func arguments(for server: RunningServer, _ cast: Cast) throws -> [String] {
            let (secretFile, passwordFile) = (server.folder + "/secret", server.folder + "/password")
            try cast.credentials.appSecret.write(toFile: secretFile, atomically: true, encoding: .utf8)
            try Cast.password.write(toFile: passwordFile, atomically: true, encoding: .utf8)
            return [
                BuildFolder.client("oauth_browser.py"), "--port", "\(try server.address().port)", "--ca",
                server.authorityFile, "--appid", cast.credentials.appID.rawValue, "--secret-file", secretFile,
                "--email", Cast.email, "--password-file", passwordFile, "--admin-socket",
                server.folder + "/admin.sock", "--chromium", try systemProgram("chromium"), "--chromedriver",
                try systemProgram("chromedriver"),
            ] + (ProcessInfo.processInfo.environment["SWITCHYARD_SCREENSHOTS"].map { ["--screenshots", $0] } ?? [])
        }
    }
}
