import ArgumentParser

/// Where a password comes from: a file, standard input, or made up.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file that holds the password, or - for standard input.", valueName: "file")
    )
    var passwordFile: String?

    @Flag(help: "Make a random password and print it.")
    var generate = false

    func validate() throws {
        guard generate != (passwordFile != nil) else {
            throw ValidationError("Give either --password-file FILE (- for standard input) or --generate.")
        }
    }

    /// The password; `isNew` when it has to be shown because nobody else knows it.
    func password() throws(CommandFailure) -> (text: String, isNew: Bool) {
        guard let passwordFile else { return (SecretInput.generatePassword(), true) }
        return (try SecretInput.read(passwordFile), false)
    }
}
