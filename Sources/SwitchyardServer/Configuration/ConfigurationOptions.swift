import Configuration
import SwitchyardCore

/// The settings given on the command line of `switchyard serve` and `switchyard config`; they win over all others.
package struct ConfigurationOptions: Hashable, Sendable {
    /// `--data DIR`.
    package var dataDirectory: String?
    /// `--config FILE`.
    package var configurationFile: String?
    /// `--port N`: the port of the public listener.
    package var port: Int?
    /// `--listen ADDR[:PORT]`, repeated: the addresses of the public listener.
    package var listen: [String] = []
    /// `--public`: the public listener is on every interface.
    package var everyInterface = false
    /// `--demo`.
    package var demo = false

    /// No option given.
    package init() {}

    /// The environment variable that names the file, as `--config` does.
    package static let fileVariable = "SWITCHYARD_CONFIG"

    /// The options as a source of settings.
    var snapshot: any ConfigSnapshot {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        func set(_ key: String, _ content: ConfigContent) {
            values[AbsoluteConfigKey(ConfigKey(key))] = ConfigValue(content, isSecret: false)
        }
        if let dataDirectory { set("data", .string(dataDirectory)) }
        if let port { set("listeners.public.port", .string(String(port))) }
        if !listen.isEmpty { set("listeners.public.addresses", .stringArray(listen)) }
        if everyInterface { set("listeners.public.addresses", .stringArray(["0.0.0.0"])) }
        if demo { set("demo", .string("true")) }
        return InMemoryProvider(name: "options", values: values).snapshot()
    }

    /// The option that sets `key`, for messages.
    func name(of key: String) -> String {
        switch key {
        case "data": "--data"
        case "listeners.public.port": "--port"
        case "listeners.public.addresses": everyInterface ? "--public" : "--listen"
        default: "--\(key)"
        }
    }
}
