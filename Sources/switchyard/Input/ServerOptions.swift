import ArgumentParser
import FoundationEssentials
import SwitchyardServer

/// The options of `serve`; `config check` and `config show` take the same, to show what they would do.
struct ServerOptions: ParsableArguments {
    @OptionGroup var data: DataOptions

    @Option(
        help: ArgumentHelp(
            "The configuration file, YAML or JSON. Default: $SWITCHYARD_CONFIG, else switchyard.yaml in the data folder.",
            valueName: "file"
        )
    )
    var config: String?

    @Option(help: ArgumentHelp("The port of the public listener. Default: 8080.", valueName: "n"))
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "An address of the public listener, repeatable. Default: 127.0.0.1.",
            valueName: "addr[:port]"
        )
    )
    var listen: [String] = []

    @Flag(name: .customLong("public"), help: "Listen on every (IPv4) interface.")
    var everyInterface = false

    @Flag(help: "Make a demo account, an app id and a simulated switch; their secrets are printed.")
    var demo = false

    /// Reads the configuration; all its faults together are one failure.
    func load() throws(CommandFailure) -> LoadedConfiguration {
        var options = ConfigurationOptions()
        options.dataDirectory = data.data
        options.configurationFile = config
        options.port = port
        options.listen = listen
        options.everyInterface = everyInterface
        options.demo = demo
        do {
            return try ServerConfiguration.load(options: options, environment: ProcessInfo.processInfo.environment)
        } catch {
            let list = error.faults.map { "  \($0)" }.joined(separator: "\n")
            throw .local(
                "the configuration has \(error.faults.count) fault(s):\n\(list)\n`switchyard config defaults` shows every setting."
            )
        }
    }
}
