import CoolkitWire
import Logging
import SwitchyardCore

/// Writes each log line as one JSON object: `time`, `level`, `message`, then the metadata's keys.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    var output = LogOutput.standardError

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Self.line(event.level, event.message, metadata.merging(event.metadata ?? [:]) { _, new in new })
        output.write(line) { Self.line(.warning, "Lines of the log were lost", ["lines": "\($0)"]) }
    }

    private static func line(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) -> String {
        var line = JSONObject()
        line["time"] = .string(WallClock.system.now.iso8601)
        line["level"] = .string(level.rawValue)
        line["message"] = .string(message.description)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line[key] = .string(value.description) }
        return JSON.object(line).text + "\n"
    }
}
