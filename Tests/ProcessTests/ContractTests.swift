import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// The contracts in `openapi/`, tried by a tool that makes up requests from them.
    ///
    /// The server runs in this process, where passwords are hashed cheaply, and is reached over TLS; it holds what the examples
    /// of the file name.
    @Suite(
        "The contract, with schemathesis",
        .enabled("skipped: the Python package index cannot be reached from here") {
            try await PythonClients.schemathesis.isAvailable
        },
        .timeLimit(.minutes(10))
    )
    struct ContractTests {
        private static let appID = "SYdemoAppId000000000000000000001"
        private static let secret = "SYdemoSecret00000000000000000001"
        private static let deviceID = "1000a1b2c3"
        private static let foreignDeviceID = "1000b0b0b0"
        private static let key = "d0d0d0d0-1111-4222-8333-444455550001"

        @Test(
            "Examples, edges, made-up requests and sequences are answered as the contract says, on every operation",
            arguments: [("coolkit-v1.yaml", []), ("coolkit-v2.yaml", Self.short)]
        )
        func everyOperation(contract: String, options: [String]) async throws {
            try await withTestServer(Self.tolerance) { server in
                let ann = try await server.makeAccount("ann@example.org")
                let bob = try await server.makeAccount("bob@example.org")
                // Logs in with codes.
                _ = try await server.makeAccount("+8613800000000")
                let appID = try #require(AppID(Self.appID))
                _ = try await server.switchyard.applications.create(name: "contract", id: appID, secret: Self.secret)
                try await server.addDevice(Self.deviceID, key: Self.key, to: ann)
                try await server.addDevice("1000e5e5e5", key: Self.key, to: ann)
                try await server.addDevice("1000a1b2c4", key: Self.key, uiid: 4, to: ann)
                try await server.addDevice("100000788a", key: Self.key, uiid: 102, to: ann)
                try await server.addDevice(Self.foreignDeviceID, key: Self.key, to: bob)
                try await addFirmware(to: server)
                try await withSimulatedSwitch(of: server) {
                    let check = try await PythonClients.schemathesis.run(
                        "contract_check.py",
                        try arguments(for: server, contract) + options,
                        within: .seconds(540)
                    )

                    #expect(check.status == 0, "\(check.output)\n\(check.errors)")
                    let answers = try JSON(parsing: check.output)["answers"]?.objectValue ?? [:]
                    #expect(!answers.isEmpty)
                    for (operation, numbers) in answers { #expect(numbers["500"] == nil, "\(operation)") }
                }
            }
        }

        /// Fewer requests an operation and no sequences: what is behind version 2 is tried by version 1 already.
        ///
        /// An account that is closed could make no further calls.
        private static let short = [
            "--examples", "6", "--phases", "examples,coverage,fuzzing", "--may-fail", "POST /v2/user/close-account",
        ]

        /// Many requests, many of them wrong, come from one address; a token has to outlive the log-ins beside it.
        private static func tolerance(_ configuration: inout ServerConfiguration) {
            configuration.protocolSettings.singleLoginScope = .none
            configuration.protocolSettings.strictRegionSignature = true
            configuration.protocolSettings.maximumTokenPairsPerAccount = 100_000
            configuration.protocolSettings.maximumDevicesPerAccount = 100_000
            configuration.protocolSettings.maximumGroupsPerAccount = 100_000
            configuration.protocolSettings.failedReportsPerAddress = 100_000
            configuration.protocolSettings.unknownDevicesPerAddress = 100_000
            configuration.protocolSettings.failedReportsPerDevice = 100_000
            configuration.limits.failedLoginsPerAddress = 100_000
            configuration.firmware.allowsUnsignedDownloads = true
            configuration.limits.failedLoginsPerAccount = 100_000
            configuration.limits.failedCredentialsPerAddress = 100_000
        }

        /// As the operator does.
        private func addFirmware(to server: TestServer) async throws {
            let image = server.dataDirectory.path + "/user1.bin"
            try Data(repeating: 0xEA, count: 4_096).write(to: URL(filePath: image))
            let form = ["--model", "PSF-B01-GL", "--version", "3.3.0", "--name", "user1.bin", "--force"]
            let arguments = ["firmware", "add", image, "--data", server.dataDirectory.path] + form
            let added = try await run(BuildFolder.switchyard.get(), arguments)
            #expect(added.status == 0, "\(added.errors)")
        }

        private func withSimulatedSwitch(of server: TestServer, _ body: @Sendable () async throws -> Void) async throws
        {
            let launch = ChildProcess.Launch(
                program: try BuildFolder.switchyard.get(),
                arguments: [
                    "simulate", "--server", "https://localhost:\(server.publicPort)", "--ca", server.authorityFile,
                    "--device", "\(Self.deviceID):\(Self.key)", "--output", "json",
                ]
            )
            try await ChildProcess.with(launch) { simulator in
                _ = try await simulator.output.next("that the device is online") { $0.contains(#""event":"online""#) }
                try await body()
            }
        }

        private func arguments(for server: TestServer, _ name: String) throws -> [String] {
            let folder = server.dataDirectory.path
            let (secretFile, passwordFile) = (folder + "/secret", folder + "/password")
            try Self.secret.write(toFile: secretFile, atomically: true, encoding: .utf8)
            try TestAccount.password.write(toFile: passwordFile, atomically: true, encoding: .utf8)
            let contract = URL(filePath: #filePath).appending(path: "../../../openapi/\(name)").standardized
            return [
                "--contract", contract.path, "--port", "\(server.publicPort)", "--ca", server.authorityFile, "--appid",
                Self.appID, "--secret-file", secretFile, "--email", "ann@example.org", "--password-file", passwordFile,
                "--admin-socket", folder + "/admin.sock", "--value", "deviceid=\(Self.foreignDeviceID)",
            ]
        }
    }
}
