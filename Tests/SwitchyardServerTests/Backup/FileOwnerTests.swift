import Foundation
import SwitchyardCore
import Testing

@testable import SwitchyardServer

/// What root makes in the folder of somebody who may not be trusted.
@Suite("Giving files to the server's user", .enabled(if: geteuid() == 0))
struct FileOwnerTests {
    private static let nobody: uid_t = 65_534

    /// A data folder of nobody's with root's `new/certificates/public.pem` and `new/switchyard.sqlite`, and beside it root's
    /// `outside/public.pem`.
    private func withFolders(_ body: (_ data: String, _ outside: String) throws -> Void) async throws {
        try await withFolder { parent in
            let (data, outside) = (parent + "/data", parent + "/outside")
            for folder in [data + "/new/certificates", outside] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data("x".utf8).write(to: URL(filePath: folder + "/public.pem"))
            }
            try Data("x".utf8).write(to: URL(filePath: data + "/new/switchyard.sqlite"))
            try #require(chown(data, Self.nobody, Self.nobody) == 0)
            try body(data, outside)
        }
    }

    private func owner(_ path: String) -> uid_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_uid : nil
    }

    @Test("An entry goes to the folder's owner with all that is below it")
    func gives() async throws {
        try await withFolders { data, _ in
            try FileOwner().give("new", in: data)

            for name in ["", "/certificates", "/certificates/public.pem", "/switchyard.sqlite"] {
                #expect(owner(data + "/new" + name) == Self.nobody, "new\(name)")
            }
            // What is the owner's is not looked at again.
            try FileOwner().give("new", in: data)
        }
    }

    @Test(
        "A folder that gives way to a symbolic link is not followed",
        arguments: ["new", "certificates", "public.pem"]
    )
    func swapped(before name: String) async throws {
        try await withFolders { data, outside in
            let certificates = data + "/new/certificates"
            var giving = FileOwner()
            giving.beforeEntry = { entry in
                guard entry == name else { return }
                #expect(rename(certificates, data + "/away") == 0 && symlink(outside, certificates) == 0)
            }

            // Its own file is given when the folder is open already.
            let isGiven = (try? giving.give("new", in: data)) != nil

            #expect(isGiven == (name == "public.pem"))
            #expect(owner(outside) == 0)
            #expect(owner(outside + "/public.pem") == 0)
            #expect(owner(data + "/away/public.pem") == (name == "public.pem" ? Self.nobody : 0))
        }
    }

    @Test(
        "Neither links nor files with a second name nor those of others are given",
        arguments: ["entry", "below", "name", "other"]
    )
    func refuses(kind: String) async throws {
        try await withFolders { data, outside in
            let (file, target) = (data + "/new/switchyard.sqlite", outside + "/public.pem")
            switch kind {
            case "entry":
                try FileManager.default.removeItem(atPath: data + "/new")
                #expect(symlink(outside, data + "/new") == 0)
            case "below": #expect(unlink(file) == 0 && symlink(target, file) == 0)
            case "name": #expect(unlink(file) == 0 && link(target, file) == 0)
            default: #expect(unlink(file) == 0 && rename(target, file) == 0 && chown(file, 1, 1) == 0)
            }

            #expect(throws: SwitchyardError.self) { try FileOwner().give("new", in: data) }

            if kind == "other" {
                #expect(owner(file) == 1)
            } else {
                #expect(owner(target) == 0)
            }
        }
    }
}
