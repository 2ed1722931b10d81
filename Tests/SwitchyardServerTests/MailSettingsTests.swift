import Foundation
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@Suite("What mail needs at the start")
struct MailSettingsTests {
    /// The failure of a start whose password file or authorities hold this; nil when it starts.
    private func failure(password: String?, authorities: String? = nil) async throws -> SwitchyardError? {
        let folder = TestSupport.TemporaryFolder.make()
        defer { TestSupport.TemporaryFolder.remove(folder) }
        try TestCertificates.install(in: folder)
        let files = (folder + "/password", folder + "/authorities")
        try password?.write(toFile: files.0, atomically: true, encoding: .utf8)
        try authorities?.write(toFile: files.1, atomically: true, encoding: .utf8)
        do {
            try await withTestServer(in: folder) {
                $0.mail.host = "localhost"
                $0.mail.from = "no-reply@example.org"
                $0.mail.user = "switchyard"
                $0.mail.passwordFile = files.0
                $0.mail.authorityFile = authorities == nil ? nil : files.1
            } _: { _ in
            }
            return nil
        } catch let error as SwitchyardError {
            return error
        }
    }

    @Test(
        "A password is read from its file, without one newline at its end",
        arguments: ["secret", "secret\n", "\n\n"]
    )
    func reads(password: String) async throws {
        #expect(try await failure(password: password) == nil)
    }

    @Test(
        "A password file that is missing, empty or too long stops the start with its name",
        arguments: [nil, "", "\n", String(repeating: "x", count: 4_097), "a\0b"]
    )
    func refuses(password: String?) async throws {
        let failure = try #require(try await failure(password: password))

        #expect(failure.code == .invalidInput)
        #expect(failure.message.contains("mail.passwordFile"))
        #expect(failure.message.hasSuffix("/password"))
    }

    @Test("Authorities that are no certificates stop the start")
    func refusesAuthorities() async throws {
        let failure = try #require(try await failure(password: "secret", authorities: "no PEM"))

        #expect(failure.message.contains("mail.authorityFile"))
    }
}
