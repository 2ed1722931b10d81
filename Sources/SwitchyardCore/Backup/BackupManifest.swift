package import CoolkitWire

/// What a backup says of itself.
package struct BackupManifest: Hashable, Sendable {
    /// The form of the archive; a later one is read by later versions.
    static let format = 1

    package let createdAt: UnixTime
    /// The last migration that the database has had.
    package let schema: String

    package init(createdAt: UnixTime, schema: String) {
        self.createdAt = createdAt
        self.schema = schema
    }

    var bytes: [UInt8] {
        let object: JSON = [
            "format": JSON(Self.format), "createdAt": JSON(createdAt.iso8601), "schema": JSON(schema),
        ]
        return Array((object.text + "\n").utf8)
    }

    init(_ bytes: [UInt8]) throws(SwitchyardError) {
        let object: JSON
        do {
            object = try JSON(parsing: bytes)
        } catch {
            throw SwitchyardError(.invalidInput, "it does not say what it is", underlying: error)
        }
        guard let format = object["format"]?.intValue, let text = object["createdAt"]?.stringValue,
            let time = UnixTime(iso8601: text), let schema = object["schema"]?.stringValue
        else { throw SwitchyardError(.invalidInput, "it does not say what it is") }
        guard format == Self.format else {
            throw SwitchyardError(
                .invalidInput,
                "it has format \(format), this version reads \(Self.format): use the version that made it"
            )
        }
        self.init(createdAt: time, schema: schema)
    }
}

extension UnixTime {
    /// `20231114T221322Z`, for the name of a file.
    package var fileNamePart: String { String(iso8601.prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z" }
}
