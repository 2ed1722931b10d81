import CoolkitWire
import Foundation
import NIOCore
import NIOSSL
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// A folder that is there for one test.
struct TemporaryFolder: ~Copyable {
    let path = NSTemporaryDirectory() + "switchyard-" + RandomText.hex(bytes: 8)

    deinit {
        // What cannot be removed is left to the system's own cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }
}

@Suite struct CertificateTests {
    private static let names = CertificateNames(
        dnsNames: ["localhost", "*.home.example"],
        addresses: ["127.0.0.1", "2001:db8::1"]
    )

    @Test("A new folder has an authority, a P-256 leaf with all names and a short RSA leaf, readable by the owner only")
    func initialise() throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path + "/certificates")
        let now = UnixTime(seconds: 1_800_000_000)
        #expect(!files.hasPublicCertificate)
        try files.initialise(names: Self.names, now: now)
        #expect(files.hasPublicCertificate)

        let found = try files.describe()
        #expect(found.map(\.keyType) == ["P-256", "P-256", "RSA-2048"])
        #expect(found.map(\.isAuthority) == [true, false, false])
        #expect(found[1].dnsNames == ["localhost", "*.home.example"])
        #expect(found[1].addresses == ["127.0.0.1", "2001:db8:0:0:0:0:0:1"])
        #expect(found[1].issuer == found[0].subject)
        #expect(found[1].daysLeft(at: now) == 396)
        #expect(found[1].notAfter.seconds - found[1].notBefore.seconds <= 397 * 86_400)
        #expect(found[0].daysLeft(at: now) == 3_652)
        #expect(found[2].issuer == found[2].subject)
        #expect(found[0].fingerprint.split(separator: ":").count == 32)

        let manager = FileManager.default
        #expect(try manager.attributesOfItem(atPath: files.directory)[.posixPermissions] as? Int == 0o700)
        let content = try manager.contentsOfDirectory(atPath: files.directory).sorted()
        #expect(content == ["ca.key", "ca.pem", "device.key", "device.pem", "public.key", "public.pem"])
        for file in content {
            let mode = try manager.attributesOfItem(atPath: files.directory + "/" + file)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
        let device = try String(contentsOfFile: files.certificateFile(.device), encoding: .utf8)
        #expect(device.utf8.count < 1_500)
        #expect(device.components(separatedBy: "BEGIN CERTIFICATE").count == 2)
    }

    @Test(
        "OpenSSL accepts the public certificate for each of its names, by its strict rules",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")),
        arguments: [
            ["-verify_hostname", "localhost"], ["-verify_hostname", "a.home.example"], ["-verify_ip", "127.0.0.1"],
            ["-verify_ip", "2001:db8::1"],
        ]
    )
    func openSSL(name: [String]) throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let authority = files.certificateFile(.authority)
        let leaf = files.certificateFile(.public)
        let arguments = ["verify", "-x509_strict", "-purpose", "sslserver"] + name + ["-CAfile", authority, leaf]
        #expect(try Self.run("/usr/bin/openssl", arguments) == "\(leaf): OK\n")
    }

    /// What a programme prints.
    private static func run(_ programme: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: programme)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test("What exists is only replaced as far as allowed")
    func replacing() throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let first = try files.describe()
        #expect(throws: SwitchyardError.self) { try files.initialise(names: Self.names) }
        #expect(try files.describe() == first)

        try files.initialise(names: CertificateNames(dnsNames: ["other.example"]), replacing: .leaves)
        let second = try files.describe()
        #expect(second[0] == first[0])
        #expect(second[1].dnsNames == ["other.example"])
        #expect(second[1].issuer == first[0].subject)

        try files.initialise(names: Self.names, replacing: .everything)
        #expect(try files.describe()[0].fingerprint != first[0].fingerprint)
    }

    @Test("An authority that would expire before its leaf is not signed with")
    func expiringAuthority() throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        let now = UnixTime(seconds: 1_800_000_000)
        try files.initialise(names: Self.names, now: now)
        let late = UnixTime(seconds: now.seconds + 3_600 * 86_400)
        #expect(throws: SwitchyardError.self) {
            try files.initialise(names: Self.names, replacing: .leaves, now: late)
        }
        try files.initialise(names: Self.names, replacing: .everything, now: late)
    }

    @Test(
        "A name that cannot stand in a certificate is refused before anything is written",
        arguments: [
            "", "a b", "-a.example", "*", "a.*.example", "a..b", "ä.example", String(repeating: "a", count: 64),
        ]
    )
    func badName(name: String) {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        #expect(throws: SwitchyardError.self) { try files.initialise(names: CertificateNames(dnsNames: [name])) }
        #expect(throws: SwitchyardError.self) {
            try files.initialise(names: CertificateNames(dnsNames: ["a"], addresses: ["1.2.3"]))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test("A reload takes a new certificate, and keeps the old one when the files cannot be used")
    func reload() throws {
        let folder = TemporaryFolder()
        let files = CertificateFiles(directory: folder.path)
        try files.initialise(names: Self.names)
        let source = try TLSContextSource(
            certificateFile: files.certificateFile(.public),
            keyFile: files.keyFile(.public),
            profile: .public(minimum: .version12)
        )
        let first = source.context
        let oldKey = try Data(contentsOf: URL(fileURLWithPath: files.keyFile(.public)))
        try files.initialise(names: Self.names, replacing: .leaves)
        try source.reload()
        let second = source.context
        #expect(second !== first)

        for broken in [oldKey, Data("nonsense".utf8), Data()] {
            try broken.write(to: URL(fileURLWithPath: files.keyFile(.public)))
            #expect(throws: SwitchyardError.self) { try source.reload() }
            #expect(source.context === second)
        }
        try FileManager.default.removeItem(atPath: files.certificateFile(.public))
        #expect(throws: SwitchyardError.self) { try source.reload() }
        #expect(source.context === second)
    }
}
