import CoolkitWire
import Foundation
import Testing

/// Reads the data files of this test target.
enum Fixture {
    static func text(_ name: String) throws -> String {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures")
        return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// The lines of a file without the empty ones.
    static func lines(_ name: String) throws -> [String] {
        try text(name).split(separator: "\n").map(String.init)
    }

    static func json(_ name: String) throws -> JSON { try JSON(parsing: text(name), maximumDepth: 8) }
}
