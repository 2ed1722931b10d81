import Foundation
import SwitchyardServer

/// A folder that is there while a test runs.
struct TemporaryFolder {
    let path: String

    static func with<Value>(_ body: (TemporaryFolder) throws -> Value) throws -> Value {
        let url = FileManager.default.temporaryDirectory.appending(path: "switchyard-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }  // A folder left over harms nobody.
        return try body(TemporaryFolder(path: url.path))
    }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    /// Loads the configuration from a file with this name and text.
    func load(
        _ text: String,
        file name: String = "test.yaml",
        environment: [String: String] = [:],
        change: (inout ConfigurationOptions) -> Void = { _ in }
    ) throws -> LoadedConfiguration {
        var options = ConfigurationOptions()
        options.configurationFile = try write(text, to: name)
        change(&options)
        return try ServerConfiguration.load(options: options, environment: environment)
    }
}
