import ArgumentParser
import CoolkitWire
import FoundationEssentials
import NIOCore
import SwitchyardCore

/// `switchyard backup`: everything that a server is made of, in one file.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a backup of the running server to a file.",
        discussion: """
            It holds the database with everything acknowledged until now, the certificates with their keys, the images of \
            firmware, and the data folder's switchyard.yaml. It is a tar archive that ends with its own SHA-256, has mode 0600, \
            and appears only when it is whole. Keep it as carefully as the data folder: it holds the same secrets. \
            `switchyard restore` takes it.
            """
    )

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("Where to write it; - is standard output.", valueName: "file"))
    var file: String

    @Flag(help: "Put it in the place of a file that is there.")
    var force = false

    func run() async throws {
        if file == "-" { return try await writeToStandardOutput() }
        guard force || !FileManager.default.fileExists(atPath: file) else {
            throw CommandFailure.local("\(file) is there already; choose another name, or give --force")
        }
        let summary = try await write(to: file)
        let answer: JSON = [
            "file": JSON(file), "createdAt": JSON(summary.manifest.createdAt.iso8601),
            "schema": JSON(summary.manifest.schema), "bytes": JSON(summary.byteCount),
            "members": JSON(summary.members.map { JSON($0.name) }),
        ]
        output.print(answer) { _ in
            "Wrote \(file): \(summary.byteCount) bytes, \(summary.members.count) files, checked. It holds secrets: keep it safe."
        }
    }

    /// Receives it beside its place, reads it again from the disk, and moves it there.
    private func write(to file: String) async throws -> BackupReader.Summary {
        try await AdminClient.with(data.directory) { client in
            do {
                let target = try NewFile(for: file)
                try await client.download("backup") { try target.append($0.readableBytesView) }
                var reader = try BackupReader(target.temporaryPath)
                let summary = try reader.read()
                try target.commit()
                return summary
            } catch let error as SwitchyardError {
                throw CommandFailure.local(error.message)
            }
        }
    }

    private func writeToStandardOutput() async throws {
        guard !Terminal.isOutputTerminal else {
            throw CommandFailure.local("a backup is no text: send it to a file or a program")
        }
        try await AdminClient.with(data.directory) { client in
            try await client.download("backup") { try Terminal.write($0) }
        }
    }
}
