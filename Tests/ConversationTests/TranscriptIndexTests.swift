import Foundation
import TestSupport
import Testing

/// `Transcripts/README.md` says which conversation shows which fact of the protocol.
@Suite struct TranscriptIndexTests {
    /// Every action of the two pages on the socket.
    private static let actions = [
        "userOnline", "register", "date", "update", "query", "upgrade", "share", "updateShare", "cancelShare",
        "reportSubDevice", "sysmsg", "ping",
    ]

    private struct Row {
        let subject: String
        let names: [String]
    }

    @Test("Every name of the index is a transcript or the file of a test")
    func namesExist() throws {
        let transcripts = Set(try Self.transcripts())
        let tests = try Self.testFiles()

        for row in try Self.rows() {
            #expect(!row.names.isEmpty, "\(row.subject) is shown by nothing")
            for name in row.names {
                #expect(transcripts.contains(name) || tests.contains(name), "\(name)")
            }
        }
    }

    @Test("Every transcript stands in the index")
    func isComplete() throws {
        let named = Set(try Self.rows().flatMap(\.names))

        #expect(try Self.transcripts().filter { !named.contains($0) } == [])
    }

    @Test("Every action of the socket has a row", arguments: actions)
    func hasAction(action: String) throws {
        #expect(try Self.rows().contains { $0.subject == "`\(action)`" })
    }

    // MARK: Reading

    private static func folder() throws -> URL {
        try #require(Bundle.module.resourceURL).appending(path: "Transcripts")
    }

    private static func transcripts() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder().path(percentEncoded: false))
            .filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
    }

    /// The names of all files of tests.
    private static func testFiles() throws -> Set<String> {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let files = try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
        return Set(files.compactMap { ($0 as? URL)?.lastPathComponent }.filter { $0.hasSuffix(".swift") })
    }

    /// The rows of all tables: what they are about, and the code spans of their last cell.
    private static func rows() throws -> [Row] {
        let text = try String(contentsOf: folder().appending(path: "README.md"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| "), cells.count >= 2, cells.last != "shown by", cells[0] != "---" else {
                return nil
            }
            let spans = cells[cells.count - 1].split(separator: "`", omittingEmptySubsequences: false)
            return Row(subject: cells[0], names: spans.indices.filter { $0 % 2 == 1 }.map { String(spans[$0]) })
        }
    }
}
