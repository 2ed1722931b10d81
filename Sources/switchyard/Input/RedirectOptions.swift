import ArgumentParser
import CoolkitWire

/// Where browsers may be sent with a code for an app id.
struct RedirectOptions: ParsableArguments {
    static let help = ArgumentHelp(
        """
        A URL that browsers may be sent to with an OAuth code for this app id, compared letter by letter: https, http to the \
        same machine, or an app's own scheme. May be given several times.
        """,
        valueName: "url"
    )

    @Option(name: .customLong("redirect-url"), help: Self.help)
    var urls: [String] = []

    @Flag(name: .customLong("no-redirect-url"), help: "Take away all redirect URLs.")
    var hasNone = false

    func validate() throws {
        guard !hasNone || urls.isEmpty else {
            throw ValidationError("--redirect-url and --no-redirect-url exclude each other.")
        }
    }

    /// The body of the request; nil when nothing was said of redirect URLs.
    var body: JSON? { hasNone || !urls.isEmpty ? ["redirectUrls": JSON(urls.map { JSON($0) })] : nil }
}
