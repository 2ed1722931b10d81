import ArgumentParser
import CoolkitWire
import SwitchyardCore

/// `switchyard firmware`: what devices may be updated to.
struct FirmwareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "firmware",
        abstract: "Keep firmware for devices, and bring it to them.",
        discussion: """
            The server never updates a device by itself: apps learn of newer firmware when they ask, and `firmware push` and \
            `device upgrade` send it.
            """,
        subcommands: [Add.self, List.self, Remove.self, Push.self]
    )
}

extension FirmwareCommand {
    /// `firmware add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Upload a firmware for the devices of a model.",
            discussion: """
                Two files are the images for the two halves of the flash, user1.bin and user2.bin. One file is for both, unless \
                --name says that the device asks for a single one.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: ArgumentHelp("One or two images.", valueName: "file"))
        var files: [String]

        @Option(help: "The model as devices tell it, such as PSF-B01-GL.")
        var model: String

        @Option(help: "The version as devices will report it, such as 3.3.0.")
        var version: String

        @Option(
            name: .customLong("name"),
            help: ArgumentHelp("What the device knows the image by; as often as there are files.", valueName: "name")
        )
        var names: [String] = []

        @Flag(help: "Take images that are none of an ESP8266.")
        var force = false

        func validate() throws {
            guard (1...2).contains(files.count) else { throw ValidationError("Give one or two files.") }
            guard names.isEmpty || names.count == files.count else {
                throw ValidationError("Give --name once for each file.")
            }
            guard FirmwareVersion(version) != nil else {
                throw ValidationError("--version is numbers with points between them, such as 3.3.0.")
            }
        }

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { client in
                var digests: [String] = []
                for file in files { digests.append(try await Self.upload(file, to: client)) }
                let images: [JSON] = Self.images(digests, names).map {
                    ["name": JSON($0.name), "digest": JSON($0.digest)]
                }
                return try await client.send(
                    .post,
                    "firmware",
                    body: [
                        "model": JSON(model), "version": JSON(version), "images": JSON(images), "force": JSON(force),
                    ]
                )
            }
            for warning in answer["warnings"]?.arrayValue ?? [] {
                Terminal.printError("switchyard: warning: \(warning.stringValue ?? "")")
            }
            output.print(answer) {
                TextTable.text(of: $0, [("Model", "model"), ("Version", "version"), ("Images", "images")])
            }
        }

        private static func upload(_ file: String, to client: AdminClient) async throws -> String {
            let answer = try await client.upload(file, to: "firmware", "images")
            guard let digest = answer["digest"]?.stringValue else {
                throw CommandFailure.refused("the server did not say what it has made of \(file)")
            }
            return digest
        }

        /// One image without a name stands for both halves of the flash.
        ///
        /// Source: `coolkit-device-side.md` §7.
        static func images(_ digests: [String], _ names: [String]) -> [(name: String, digest: String)] {
            if !names.isEmpty { return Array(zip(names, digests)).map { (name: $0.0, digest: $0.1) } }
            return FirmwareImage.halfNames.enumerated().map { index, name in
                (name: name, digest: digests[min(index, digests.count - 1)])
            }
        }
    }

    /// `firmware list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the firmware, by model, the newest first.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await AdminClient.with(data.directory) { try await $0.send(.get, "firmware") }
            output.print(answer) {
                TextTable(
                    columns: [("MODEL", "model"), ("VERSION", "version"), ("IMAGES", "names"), ("ADDED", "createdAt")],
                    rows: ($0["firmware"]?.arrayValue ?? []).map(Self.row)
                )
                .text(empty: "There is no firmware; add one with `switchyard firmware add FILE --model M --version V`.")
            }
        }

        private static func row(_ release: JSON) -> JSON {
            var row = release
            row["names"] = JSON(
                (release["images"]?.arrayValue ?? []).map { image in
                    JSON("\(image["name"]?.stringValue ?? "") (\(image["bytes"]?.intValue ?? 0))")
                }
            )
            return row
        }
    }

    /// `firmware remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a firmware; devices that download it now are left without the rest."
        )

        @OptionGroup var data: DataOptions

        @Option(help: "The model.")
        var model: String

        @Option(help: "The version.")
        var version: String

        func run() async throws {
            _ = try await AdminClient.with(data.directory) { try await $0.send(.delete, "firmware", model, version) }
        }
    }
}
