import ArgumentParser
import CoolkitWire

/// How data is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// Tables and sentences.
    case text
    /// One JSON value on one line; members are only ever added.
    case json
}

/// `--output` of the commands that print data.
struct OutputOptions: ParsableArguments {
    @Option(help: "text for people, json for programs (one line, stable).")
    var output = OutputFormat.text

    /// Prints what the server answered, as it came or as `text` puts it.
    func print(_ answer: JSON, text: (JSON) -> String) {
        switch output {
        case .json: Terminal.print(answer.text)
        case .text: Terminal.print(text(answer))
        }
    }
}
