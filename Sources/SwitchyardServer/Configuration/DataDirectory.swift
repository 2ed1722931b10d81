/// The server's folder and the names of what is in it.
///
/// Source: `design.md` §9.
package struct DataDirectory: Hashable, Sendable, CustomStringConvertible {
    /// As given; relative to the working folder unless it starts with `/`.
    package let path: String

    package init(path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// `--data`, else `SWITCHYARD_DATA`, else `./data`.
    package init(option: String?, environment: [String: String]) {
        let variable = environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
        self.init(path: option ?? variable ?? "./data")
    }

    /// The environment variable that names the folder.
    package static let variable = "SWITCHYARD_DATA"

    package var database: String { path + "/switchyard.sqlite" }
    package var certificates: String { path + "/certificates" }
    /// Images of firmware.
    package var firmware: String { path + "/firmware" }
    /// Backups that the server makes by itself, and the copy of the database while one is made.
    package var backups: String { path + "/backups" }
    /// Appears when the server is ready.
    package var adminSocket: String { path + "/admin.sock" }
    /// Read when it is there and no other file is named.
    package var configurationFile: String { path + "/switchyard.yaml" }

    package var description: String { path }
}
