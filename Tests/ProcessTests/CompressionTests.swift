import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// What curl gets when it asks for compressed answers.
    @Suite("Compression, with curl", .timeLimit(.minutes(2)))
    struct CompressionTests {
        @Test(
            "curl unpacks the very bytes that it gets without asking, and fewer pass over the wire",
            arguments: ["gzip", "deflate", "gzip;q=0.5, deflate;q=0.1, identity;q=0"]
        )
        func deviceList(accept: String) async throws {
            try await withServerOfThreeDevices { curl in
                let plain = try await curl.get("/api/user/device?version=8")
                let asked = ["--compressed", "-H", "Accept-Encoding: \(accept)"]
                let unpacked = try await curl.get("/api/user/device?version=8", asked)

                #expect(plain.body.count > 2_048)
                #expect(plain.downloaded == plain.body.count)
                #expect(plain.headers.contains("vary: accept-encoding"))
                #expect(unpacked.body == plain.body)
                #expect(unpacked.downloaded < plain.downloaded / 2)
                #expect(unpacked.headers.contains("content-encoding: \(accept.prefix { $0 != ";" })"))
                #expect(unpacked.headers.contains("vary: accept-encoding"))
                #expect(unpacked.headers.contains("content-length: \(unpacked.downloaded)"))
            }
        }

        @Test("A log-in is never compressed, nor what devices ask for, nor anything on the device listener")
        func exceptions() async throws {
            try await withServerOfThreeDevices { curl in
                for (listener, path) in [
                    ("public", "/dispatch/device"), ("plain", "/dispatch/device"), ("public", "/api/user/region"),
                    ("device", "/api/user/device"),
                ] {
                    let answer = try await curl.get(path, ["--compressed"], listener: listener)
                    #expect(!answer.headers.contains("content-encoding"), "\(path)")
                    #expect(!answer.headers.contains("vary"), "\(path)")
                    #expect(try JSON(parsing: answer.body).text.count > 2)
                }
                let plain = try await curl.get("/api/user/device", ["--compressed"], listener: "plain")
                #expect(plain.headers.contains("content-encoding: gzip"))
                let login = try await curl.logIn(["--compressed"])
                #expect(!login.headers.contains("content-encoding"))
                #expect(login.headers.contains("cache-control: no-store"))
            }
        }

        @Test("listeners.compression switches it off")
        func switchedOff() async throws {
            try await withServerOfThreeDevices(["SWITCHYARD_LISTENERS_COMPRESSION": "false"]) { curl in
                let answer = try await curl.get("/api/user/device", ["--compressed"])

                #expect(answer.downloaded == answer.body.count)
                #expect(!answer.headers.contains("content-encoding"))
                #expect(!answer.headers.contains("vary"))
            }
        }

        private func withServerOfThreeDevices(
            _ environment: [String: String] = [:],
            _ body: (Curl) async throws -> Void
        ) async throws {
            let environment = everyListener.merging(environment) { _, new in new }
            try await withDataFolder { folder in
                try await withServer(in: folder, environment: environment) { server in
                    let cast = try await Cast(in: server)
                    for digit in 1...2 {
                        let id = "1000a1b2d\(digit)"
                        let key = Cast.deviceKey.rawValue
                        _ = try await server.json(
                            "device",
                            "add",
                            id,
                            "--apikey-file",
                            "-",
                            "--account",
                            Cast.email,
                            input: key
                        )
                    }
                    var curl = Curl(server: server, credentials: cast.credentials)
                    curl.token = try JSON(parsing: try await curl.logIn().body)["at"]?.stringValue ?? ""
                    try await body(curl)
                }
            }
        }
    }
}

/// Runs curl against a server.
private struct Curl {
    let server: RunningServer
    let credentials: AppCredentials
    var token = ""

    struct Answer {
        /// In lower case.
        let headers: String
        let body: String
        /// The bytes of the body as they came over the wire.
        let downloaded: Int
    }

    func get(_ path: String, _ options: [String] = [], listener: String = "public") async throws -> Answer {
        try await answer(["-H", "Authorization: Bearer \(token)"] + options, path: path, listener: listener)
    }

    func logIn(_ options: [String] = []) async throws -> Answer {
        let members: JSON = [
            "appid": .string(credentials.appID.rawValue), "email": .string(credentials.account),
            "password": .string(credentials.password), "ts": 1_700_000_010, "version": 8, "nonce": "k3n9x0pq",
        ]
        let signature = RequestSignature.sign(Array(members.text.utf8), secret: credentials.appSecret)
        let form = ["-H", "Authorization: Sign \(signature)", "--data-binary", members.text]
        return try await answer(form + options, path: "/api/user/login", listener: "public")
    }

    private func answer(_ options: [String], path: String, listener: String) async throws -> Answer {
        let address = try server.address(listener)
        let trust = listener == "device" ? ["--insecure", "--ciphers", "DEFAULT@SECLEVEL=0"] : []
        let standing = [
            "-sS", "--noproxy", "*", "--cacert", server.authorityFile, "-D", "-", "-w", "\n%{size_download}",
        ]
        let finished = try await run(systemProgram("curl"), standing + trust + options + ["\(address)\(path)"])
        #expect(finished.status == 0, "\(finished.errors)")
        // The body, one line, comes after the empty line that ends the head.
        let lines = finished.output.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return Answer(
            headers: lines.dropLast(2).joined(separator: "\n").lowercased(),
            body: String(lines.dropLast().last ?? ""),
            downloaded: lines.last.flatMap { Int($0) } ?? 0
        )
    }
}
