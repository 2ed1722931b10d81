import ArgumentParser

/// Why a command ends without success: what people read, and the exit code.
struct CommandFailure: Error {
    let exitCode: ExitCode
    /// One sentence, and what to do.
    let message: String

    /// The server said no, or failed: exit code 1.
    static func refused(_ message: String) -> CommandFailure {
        CommandFailure(exitCode: .failure, message: message)
    }

    /// Something on this side is wrong, such as a file or the configuration: exit code 2.
    static func local(_ message: String) -> CommandFailure {
        CommandFailure(exitCode: ExitCode(2), message: message)
    }

    /// No server runs on the data folder: exit code 69, `EX_UNAVAILABLE` of sysexits.
    static func noServer(_ message: String) -> CommandFailure {
        CommandFailure(exitCode: ExitCode(69), message: message)
    }
}
