import Foundation
import SwitchyardServer
import TestSupport
import Testing

/// Every conversation of the folder `Transcripts`, each against a server of its own, over real sockets.
@Suite struct TranscriptTests {
    @Test("The server keeps to the transcript", arguments: try TranscriptTests.names())
    func keeps(name: String) async throws {
        try await play(name)
    }

    @Test("Every transcript opens with what it is about and its source", arguments: try TranscriptTests.names())
    func opens(name: String) throws {
        let transcript = try Transcript(named: name)

        #expect(transcript.title.contains("Source: "))
        #expect(transcript.lines.count > 2)
    }

    /// All but the scenarios of `coolkit-device-side.md` §10, which `DeviceScenarioTests` plays by name.
    static func names() throws -> [String] {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Transcripts")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        return files.filter { $0.hasSuffix(".txt") && !$0.hasPrefix("scenario-") }.map { String($0.dropLast(4)) }
            .sorted()
    }
}

/// Plays a transcript of the folder against a new server.
func play(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let transcript = try Transcript(named: name)
    // A setting that does not exist is told after the start, as the closure of the configuration cannot throw.
    var fault: (any Error)?
    let change: ConfigurationChange = { configuration in
        configuration.limits.eventLoops = transcript.movesClock ? 1 : 2
        do {
            for (name, value) in transcript.settings { try TranscriptSettings.apply(name, value, to: &configuration) }
        } catch {
            fault = error
        }
    }
    try await withStage(changing: change) { stage in
        var player = TranscriptPlayer(stage)
        try await player.play(transcript, sourceLocation: sourceLocation)
    }
    if let fault { throw fault }
}
