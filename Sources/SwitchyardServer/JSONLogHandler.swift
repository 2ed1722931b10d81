import CoolkitWire
import Foundation
import Logging
import SwitchyardCore

/// Writes each log line as one JSON object to standard error: `time`, `level`, `message`, then the metadata's keys.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = JSONObject()
        line["time"] = .string(WallClock.system.now.iso8601)
        line["level"] = .string(event.level.rawValue)
        line["message"] = .string(event.message.description)
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line[key] = .string(value.description) }
        FileHandle.standardError.write(Data((JSON.object(line).text + "\n").utf8))
    }
}
