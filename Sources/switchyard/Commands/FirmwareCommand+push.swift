import ArgumentParser
import CoolkitWire
import SwitchyardCore

extension FirmwareCommand {
    /// `firmware push`.
    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a firmware to all devices of its model that are online and have an older one.",
            discussion: """
                A few devices at a time: the next one begins when one reports the new version, refuses, or nothing happens for \
                15 minutes. Exit code 1 when any of them has not got it.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Option(help: "The model.")
        var model: String

        @Option(help: "The version. Default: the newest that was added.")
        var version: String?

        @Option(help: ArgumentHelp("How many devices at a time, 1 to 16.", valueName: "n"))
        var atATime = 2

        @Flag(help: "Do it; without this the devices are listed and nothing is sent.")
        var yes = false

        func validate() throws {
            guard (1...16).contains(atATime) else { throw ValidationError("--at-a-time is 1 to 16.") }
        }

        func run() async throws {
            let results = try await AdminClient.with(data.directory) { client in
                let version = try await Self.version(of: model, version, client)
                let devices = try await Self.devices(of: model, olderThan: version, client)
                guard yes else { return devices.map { Self.result($0, version, "wouldBeUpdated") } }
                return await push(version, to: devices, client)
            }
            output.print(["devices": JSON(results)]) {
                TextTable(
                    columns: [
                        ("DEVICE", "id"), ("FROM", "from"), ("TO", "version"), ("RESULT", "result"), ("WHY", "reason"),
                    ],
                    rows: $0["devices"]?.arrayValue ?? []
                )
                .text(empty: "No device of this model is online with an older firmware.")
            }
            if !yes, !results.isEmpty { Terminal.printError("Nothing has been sent; --yes sends it.") }
            guard !yes || results.allSatisfy({ $0["result"] == "completed" }) else { throw ExitCode.failure }
        }

        private static func version(
            of model: String,
            _ version: String?,
            _ client: AdminClient
        ) async throws -> String {
            let releases = try await client.send(.get, "firmware")["firmware"]?.arrayValue ?? []
            let versions = releases.filter { $0["model"]?.stringValue == model }.compactMap {
                $0["version"]?.stringValue
            }
            let wanted = version.flatMap { FirmwareVersion($0) }
            guard let found = versions.first(where: { version == nil || FirmwareVersion($0) == wanted }) else {
                throw CommandFailure.refused(
                    "there is no firmware \(version.map { $0 + " " } ?? "")for the model '\(model)'"
                )
            }
            return found
        }

        /// The devices that are online and not known to have this version or a newer one.
        private static func devices(
            of model: String,
            olderThan version: String,
            _ client: AdminClient
        ) async throws -> [JSON] {
            let devices = try await client.send(.get, "devices")["devices"]?.arrayValue ?? []
            return devices.filter { device in
                guard device["model"]?.stringValue == model, device["online"] == true else { return false }
                guard let current = device["firmware"]?.stringValue.flatMap({ FirmwareVersion($0) }),
                    let wanted = FirmwareVersion(version)
                else { return true }
                return current < wanted
            }
        }

        private static func result(_ device: JSON, _ version: String, _ result: String, _ reason: String? = nil) -> JSON
        {
            [
                "id": device["id"] ?? nil, "from": device["firmware"] ?? nil, "version": JSON(version),
                "result": JSON(result), "reason": reason.map { JSON($0) } ?? nil,
            ]
        }

        // MARK: One after another

        private func push(_ version: String, to devices: [JSON], _ client: AdminClient) async -> [JSON] {
            await withTaskGroup(of: JSON.self) { group in
                var waiting = devices[...]
                func next() {
                    guard let device = waiting.popFirst() else { return }
                    group.addTask { await Self.upgrade(device, to: version, client) }
                }
                for _ in 0..<atATime { next() }
                var results: [JSON] = []
                while let result = await group.next() {
                    results.append(result)
                    Terminal.printError("\(result["id"]?.stringValue ?? ""): \(result["result"]?.stringValue ?? "")")
                    next()
                }
                return results
            }
        }

        /// Listens to the device, sends it the upgrade, and waits for the end of that.
        private static func upgrade(_ device: JSON, to version: String, _ client: AdminClient) async -> JSON {
            let id = device["id"]?.stringValue ?? ""
            var end: JSON = nil
            do {
                try await client.lines("devices", id, "events") {
                    _ = try await client.send(.post, "devices", id, "upgrade", body: ["version": JSON(version)])
                } while: { event in
                    guard event["event"] == "upgrade",
                        ["completed", "refused", "gaveUp"].contains(event["step"]?.stringValue)
                    else { return true }
                    end = event
                    return false
                }
            } catch let failure as CommandFailure {
                return result(device, version, "failed", failure.message)
            } catch {
                return result(device, version, "failed", "\(error)")
            }
            let reason =
                end["reason"]?.stringValue
                ?? end["deviceError"]?.intValue.map { "the device answered with error \($0)" }
            return result(device, version, end["step"]?.stringValue ?? "unknown", reason)
        }
    }
}
