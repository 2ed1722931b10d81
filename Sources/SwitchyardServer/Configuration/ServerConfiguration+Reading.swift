import Configuration
import FoundationEssentials
import SwitchyardCore

/// A configuration with what is worth knowing about where it came from.
package struct LoadedConfiguration: Sendable {
    package let configuration: ServerConfiguration
    /// The file that was read; nil when there is none.
    package let file: String?
    /// Per key the source that set it: an option, a variable, a line of the file.
    ///
    /// Defaults are left out.
    package let origins: [String: String]
    /// What is suspicious but no fault: environment variables with our prefix that name no setting.
    package let warnings: [String]
}

extension ServerConfiguration {
    /// Reads and validates the configuration: options, then environment, then file, then defaults.
    ///
    /// The file is `--config`, else `SWITCHYARD_CONFIG`, else `switchyard.yaml` in the data folder if it is there.
    package static func load(
        options: ConfigurationOptions,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> LoadedConfiguration {
        var faults: [ConfigurationFault] = []
        let file = findFile(options, environment, &faults)
        if options.everyInterface, !options.listen.isEmpty {
            faults.append(ConfigurationFault(place: "--public", problem: "cannot be given together with --listen"))
        }
        var reading = ConfigurationReading(options: options, environment: environment, file: file)
        for field in ConfigurationField.table { reading.read(field) }
        faults += reading.faults
        faults += reading.unknownKeys()
        if faults.isEmpty { faults += reading.configuration.validate(origins: reading.origins) }
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
        return LoadedConfiguration(
            configuration: reading.configuration,
            file: file?.path,
            origins: reading.origins,
            warnings: reading.unknownVariables(in: environment)
        )
    }

    private static func findFile(
        _ options: ConfigurationOptions,
        _ environment: [String: String],
        _ faults: inout [ConfigurationFault]
    ) -> ConfigurationFile? {
        let directory = DataDirectory(option: options.dataDirectory, environment: environment)
        let variable = environment[ConfigurationOptions.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        let named = options.configurationFile ?? variable
        let path = named ?? directory.configurationFile
        guard named != nil || FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let file = try ConfigurationFile(path: path)
            if named == nil, file.lines.contains(where: { $0.key == "data" }) {
                let problem = "a file found in the data folder cannot move that folder; remove the line or use --config"
                faults.append(ConfigurationFault(place: file.place(of: "data"), problem: problem))
            }
            return file
        } catch {
            faults.append(error)
            return nil
        }
    }
}

/// The state of one reading: sources, in order of precedence, and what has come out so far.
private struct ConfigurationReading {
    let options: ConfigurationOptions
    let file: ConfigurationFile?
    /// Highest precedence first.
    let sources: [Source]
    var configuration = ServerConfiguration()
    var origins: [String: String] = [:]
    var faults: [ConfigurationFault] = []

    struct Source {
        let snapshot: any ConfigSnapshot
        /// Where a key stands, for messages.
        let place: (ConfigurationField) -> String
    }

    init(options: ConfigurationOptions, environment: [String: String], file: ConfigurationFile?) {
        self.options = options
        self.file = file
        let variables = EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
        var sources = [
            Source(snapshot: options.snapshot, place: { options.name(of: $0.key) }),
            Source(
                snapshot: variables.prefixKeys(with: "switchyard").snapshot(),
                place: { $0.environmentVariable }
            ),
        ]
        if let file, let snapshot = file.snapshot {
            sources.append(Source(snapshot: snapshot, place: { file.place(of: $0.key) }))
        }
        self.sources = sources
    }

    /// Takes the field from the first source that has it.
    mutating func read(_ field: ConfigurationField) {
        for source in sources {
            let place = source.place(field)
            do throws(ConfigurationField.Rejection) {
                guard let texts = try Self.texts(of: field, in: source.snapshot) else { continue }
                try field.apply(texts, &configuration)
                origins[field.key] = place
            } catch {
                faults.append(ConfigurationFault(place: place, problem: error.problem))
            }
            return
        }
    }

    /// The value as text: of a list, its elements; nil when the source does not have it.
    private static func texts(
        of field: ConfigurationField,
        in snapshot: any ConfigSnapshot
    ) throws(ConfigurationField.Rejection) -> [String]? {
        let key = AbsoluteConfigKey(ConfigKey(field.key))
        // A source throws when it has the key in another shape, so a shape that fits wins and no error is lost.
        let shapes: [ConfigType] = field.isList ? [.stringArray, .string] : [.string]
        var isMismatched = false
        for shape in shapes {
            do {
                guard let value = try snapshot.value(forKey: key, type: shape).value else { continue }
                switch value.content {
                case .string(let text) where ConfigurationFile.isNull(text): return nil
                case .string(let text): return [text]
                case .stringArray(let texts): return texts
                default: isMismatched = true
                }
            } catch {
                isMismatched = true
            }
        }
        if isMismatched { throw ConfigurationField.Rejection(problem: "expected: \(field.form)") }
        return nil
    }

    /// Keys of the file that name no setting, each with the nearest name.
    func unknownKeys() -> [ConfigurationFault] {
        guard let file else { return [] }
        let known = ConfigurationField.table.map(\.key)
        return file.lines.filter { !known.contains($0.key) }
            .map { key, _ in
                let isSection = known.contains { $0.hasPrefix(key + ".") }
                let problem =
                    isSection ? "is a section; its settings stand below it" : "is no setting" + hint(key, known)
                return ConfigurationFault(place: file.place(of: key), problem: problem)
            }
    }

    /// Variables that begin like ours and name no setting; a warning, as platforms inject such names of their own.
    func unknownVariables(in environment: [String: String]) -> [String] {
        let known =
            ConfigurationField.table.map(\.environmentVariable) + [
                DataDirectory.variable, ConfigurationOptions.fileVariable,
            ]
        return environment.keys.filter { $0.hasPrefix("SWITCHYARD_") && !known.contains($0) }
            .sorted()
            .map { "environment variable \($0) names no setting" + hint($0, known) }
    }

    private func hint(_ name: String, _ known: [String]) -> String {
        guard let nearest = NearestName.nearest(to: name, among: known) else { return "" }
        return "; did you mean \(nearest)?"
    }
}
