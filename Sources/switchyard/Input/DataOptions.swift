import ArgumentParser
import FoundationEssentials
import SwitchyardServer

/// `--data` of every command.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's folder. Default: $SWITCHYARD_DATA, else ./data.",
            valueName: "dir"
        )
    )
    var data: String?

    var directory: DataDirectory {
        DataDirectory(option: data, environment: ProcessInfo.processInfo.environment)
    }
}
