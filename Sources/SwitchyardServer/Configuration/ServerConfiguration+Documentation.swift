extension ServerConfiguration {
    /// `docs/configuration.md`: every setting with its variable, values, default and meaning.
    package static func markdown() -> String {
        var lines = [introduction]
        for (name, title) in ConfigurationField.sections {
            let fields = ConfigurationField.table.filter { section(of: $0) == name }
            lines.append("## \(title)\n\n| Key, variable | Values | Default | Meaning |\n|---|---|---|---|")
            for field in fields { lines.append(row(field)) }
            lines.append("")
        }
        lines.append(ending)
        return lines.joined(separator: "\n")
    }

    private static func section(of field: ConfigurationField) -> Substring {
        let parts = field.key.split(separator: ".")
        return parts.count > 1 ? parts[0] : ""
    }

    private static func row(_ field: ConfigurationField) -> String {
        let value = field.value(ServerConfiguration()).yaml
        return "| `\(field.key)`<br>`\(field.environmentVariable)` | \(field.form) | `\(value)` | \(field.summary) |"
    }

    private static let introduction = """
        # Configuration

        This page is made by `switchyard config defaults --output markdown`; a test compares the two.

        A setting comes from the first of these that has it:

        1. an option of `switchyard serve`: `--data`, `--port`, `--listen`, `--public`, `--demo`;
        2. an environment variable, named after the key: `listeners.public.port` is `SWITCHYARD_LISTENERS_PUBLIC_PORT`, a
           list is separated by commas, and an empty variable counts as not set;
        3. the file: `--config FILE`, else `SWITCHYARD_CONFIG`, else `switchyard.yaml` in the data folder if it is there;
           YAML, or JSON in a file named `.json`;
        4. the default.

        The configuration is read once, at start, and checked as a whole: all faults are reported together, an unknown key
        in the file is a fault, an unknown variable `SWITCHYARD_…` a warning. `switchyard config check` does this without
        starting, `config show` prints what is in force and where it came from, `config defaults` a file with all defaults.

        Durations have a unit (`250ms`, `30s`, `5m`, `12h`, `30d`); a bare number is seconds. A key without a value counts as
        not set. No setting is a secret: passwords, app secrets and keys are in the data folder, the password of the mail
        server in a file of its own.

        """

    private static let ending = """
        ## Notes

        - `--public` is `listeners.public.addresses: ["0.0.0.0"]`: every IPv4 interface. `["::"]` is every interface of both
          kinds where the machine has IPv6.
        - A container has to listen on every interface of its own: the image's command carries `--public`.
        - The file in the data folder cannot set `data`.

        """
}
