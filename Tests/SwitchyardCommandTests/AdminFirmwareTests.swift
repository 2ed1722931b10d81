import ArgumentParser
import CoolkitWire
import Foundation
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

@testable import switchyard

/// The firmware part of the admin interface, and its client.
@Suite
struct AdminFirmwareTests {
    private typealias ConfigurationChange = (inout ServerConfiguration) -> Void

    /// Runs `body` with a client and a file that could be an image.
    private func withAdmin(
        bytes: Int = 200_000,
        _ change: ConfigurationChange = { $0.listeners.ota.isEnabled = true },
        _ body: @Sendable (AdminClient, _ file: String) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try Data([0xEA] + [UInt8](repeating: 5, count: bytes - 1)).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }  // A file left over harms nobody.
        try await withTestServer(change) { server in
            try await server.addDevice(to: server.makeAccount())
            try await AdminClient.with(server.dataDirectory) { try await body($0, file) }
        }
    }

    private func message(of body: () async throws -> JSON) async -> String {
        do {
            return "no failure: \(try await body().text)"
        } catch {
            return (error as? CommandFailure)?.message ?? "\(error)"
        }
    }

    private func release(_ digest: JSON, model: String = "M", version: String = "1.0") -> JSON {
        ["model": JSON(model), "version": JSON(version), "images": [["name": "user1.bin", "digest": digest]]]
    }

    @Test("A file is uploaded in parts, becomes a firmware, is listed without its key, and removed")
    func lifeOfFirmware() async throws {
        try await withAdmin { admin, file in
            let image = try await admin.upload(file, to: "firmware", "images")
            let digest = try #require(image["digest"])
            let made = try await admin.send(.post, "firmware", body: release(digest))
            let listed = try await admin.send(.get, "firmware")

            #expect(image["bytes"] == 200_000)
            #expect(made["warnings"] == [])
            #expect(listed["firmware"]?.arrayValue?.count == 1)
            #expect(
                listed["firmware"]?.arrayValue?.first?.objectValue?.keys == ["model", "version", "createdAt", "images"]
            )
            #expect(
                listed["firmware"]?.arrayValue?.first?["images"] == [
                    ["name": "user1.bin", "digest": digest, "bytes": 200_000]
                ]
            )
            let again = await message { try await admin.send(.post, "firmware", body: release(digest)) }
            #expect(again.contains("already"))
            _ = try await admin.send(.delete, "firmware", "M", "1.0.0")
            #expect(try await admin.send(.get, "firmware") == ["firmware": []])
            let gone = await message { try await admin.send(.delete, "firmware", "M", "1.0.0") }
            #expect(gone.contains("no firmware"))
        }
    }

    @Test("An image that is too large is refused on the way, one that was not uploaded is unknown")
    func refusedImages() async throws {
        try await withAdmin(
            bytes: 70_000,
            { $0.firmware.maximumImageBytes = 65_536 },
            { admin, file in
                let large = await message { try await admin.upload(file, to: "firmware", "images") }
                #expect(large.contains("firmware.maximumImageBytes") || large.contains("did not answer"), "\(large)")
                let unknown = JSON(String(repeating: "0", count: 64))
                let absent = await message { try await admin.send(.post, "firmware", body: release(unknown)) }
                #expect(absent.contains("not been uploaded"))
                for images in [nil, [], [1], [["name": "x"]], [["name": "x", "digest": "00"]], "x"] as [JSON] {
                    let body: JSON = ["model": "M", "version": "1", "images": images]
                    let failure = await message { try await admin.send(.post, "firmware", body: body) }
                    #expect(!failure.hasPrefix("no failure"), "\(images)")
                }
                let listed = try await admin.send(.get, "firmware")
                #expect(listed == ["firmware": []])
            }
        )
    }

    @Test("A file that cannot be read is a local fault")
    func unreadableFiles() throws {
        for path in ["/nowhere/x.bin", "/tmp"] {
            let failure = #expect(throws: CommandFailure.self) { try FileChunks(path) }
            #expect(failure?.exitCode.rawValue == 2)
        }
    }

    @Test("The operator is told when devices could not download")
    func unreachable() async throws {
        let withoutPlain: ConfigurationChange = { $0.listeners.plain.isEnabled = false }
        try await withAdmin(bytes: 2_000, withoutPlain) { admin, file in
            let digest = try #require(try await admin.upload(file, to: "firmware", "images")["digest"])
            let made = try await admin.send(.post, "firmware", body: release(digest))

            #expect(made["warnings"]?.arrayValue?.first?.stringValue?.contains("listeners.ota") == true)
        }
    }

    @Test("An upgrade waits for a report until it is forgotten; offline devices get none otherwise")
    func waits() async throws {
        try await withAdmin { admin, file in
            let digest = try #require(try await admin.upload(file, to: "firmware", "images")["digest"])
            _ = try await admin.send(.post, "firmware", body: release(digest))
            let order: JSON = ["model": "M", "force": true]
            var kept = order
            kept["atReport"] = true
            let request = kept

            let offline = await message { try await admin.send(.post, "devices", "1000a1b2c3", "upgrade", body: order) }
            #expect(offline == "Device Offline")
            let answer = try await admin.send(.post, "devices", "1000a1b2c3", "upgrade", body: request)
            #expect(answer == ["id": "1000a1b2c3", "model": "M", "version": "1.0", "answer": "kept"])
            #expect(
                try await admin.send(.get, "devices", "1000a1b2c3")["upgrade"] == [
                    "model": "M", "version": "1.0", "step": "waitsForReport",
                ]
            )
            _ = try await admin.send(.delete, "devices", "1000a1b2c3", "upgrade")
            #expect(try await admin.send(.get, "devices", "1000a1b2c3")["upgrade"] == .some(nil))
            let unknown = await message { try await admin.send(.post, "devices", "1000999999", "upgrade", body: order) }
            #expect(unknown == "no device has this id")
        }
    }

    @Test("One image stands for both halves of the flash unless it has a name of its own")
    func halves() {
        func images(_ digests: [String], _ names: [String] = []) -> [String] {
            FirmwareCommand.Add.images(digests, names).map { "\($0.name) \($0.digest)" }
        }

        #expect(images(["a"]) == ["user1.bin a", "user2.bin a"])
        #expect(images(["a", "b"]) == ["user1.bin a", "user2.bin b"])
        #expect(images(["a"], ["x.bin"]) == ["x.bin a"])
        #expect(images(["a", "b"], ["x", "y"]) == ["x a", "y b"])
    }
}
