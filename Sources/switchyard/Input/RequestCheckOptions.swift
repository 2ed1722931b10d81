import ArgumentParser
import CoolkitWire

/// What is asked of an application's signed requests beyond the signature.
struct RequestCheckOptions: ParsableArguments {
    @Flag(help: "Refuse a request whose ts and nonce came before; real clients repeat them.")
    var nonceReplayCheck = false

    @Option(
        help: ArgumentHelp(
            "How far the ts of a request may be off, in seconds, or off. Default: as the server's clockSkewLimit says.",
            valueName: "seconds"
        )
    )
    var clockSkewLimit: ClockSkewLimit?

    /// `off`, or 1 second to 1 day.
    struct ClockSkewLimit: ExpressibleByArgument {
        let seconds: Int

        init?(argument: String) {
            if argument == "off" {
                seconds = 0
            } else {
                guard let seconds = Int(argument), (1...86_400).contains(seconds) else { return nil }
                self.seconds = seconds
            }
        }
    }

    /// Whether any of them was given.
    var areGiven: Bool { nonceReplayCheck || clockSkewLimit != nil }

    /// The members of the request.
    var members: JSONObject {
        var members: JSONObject = ["nonceReplayCheck": JSON(nonceReplayCheck)]
        if let clockSkewLimit { members["clockSkewLimitSeconds"] = JSON(clockSkewLimit.seconds) }
        return members
    }
}
