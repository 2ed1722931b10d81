import SwitchyardCore

extension ConfigurationField {
    /// Every setting, in the order of the documentation.
    ///
    /// Keys of `protocol` are those of the protocol pages.
    static let table: [ConfigurationField] =
        general + regionFields + listenerFields + protocolFields + firmwareFields + historyFields + mailFields
        + limitFields
        + logFields

    /// The headings of the documentation: the first part of the key, and what the section is about.
    static let sections: [(name: String, title: String)] = [
        ("", "General"),
        ("regions", "Other regions"),
        ("listeners", "Listeners"),
        ("protocol", "Protocol"),
        ("firmware", "Firmware"),
        ("history", "History"),
        ("mail", "Mail"),
        ("limits", "Limits"),
        ("log", "Log"),
    ]

    private static let general: [ConfigurationField] = [
        single(
            "data",
            \.dataDirectory,
            form: "a folder",
            "The folder of the database, the certificates and the admin socket. In the file only where `--config` names it.",
            parse: { $0.isEmpty ? nil : DataDirectory(path: $0) },
            print: { .text($0.path) }
        ),
        single(
            "region",
            \.protocolSettings.region,
            form: "`cn`, `as`, `eu`, `us`",
            "The region of this server, in every account and every dispatch answer.",
            parse: { ["cn", "as", "eu", "us"].contains($0) ? $0 : nil },
            print: { .text($0) }
        ),
        list(
            "trustedProxies",
            \.trustedProxies,
            element: "addresses and networks",
            examples: "`192.0.2.7`, `10.0.0.0/8`, `fd00::/8`",
            "Peers whose `X-Forwarded-For` is believed; they are exempt from `limits.connectionsPerAddress`.",
            parse: { AddressRange($0) }
        ),
        flag(
            "demo",
            \.demo,
            "Demo account, app id and simulated switch with random secrets that are printed; not on every interface."
        ),
    ]

    private static let listenerFields: [ConfigurationField] =
        [
            choice(
                "listeners.public.minimumTLS",
                \.listeners.publicMinimumTLS,
                "The oldest TLS version of the public listener (`publicTLSMinimum` of the protocol pages)."
            )
        ]
        + listener(.publicTLS, "HTTPS and WSS for apps and devices")
        + optionalListener(.device, "TLS 1.0 and later with an RSA certificate, for old firmware")
        + optionalListener(.plain, "HTTP and WS without TLS, for a trusted network")
        + optionalListener(.ota, "HTTP without TLS, for downloads of firmware alone")
        + metricsFields
        + [
            flag(
                "listeners.compression",
                \.listeners.compression,
                "HTTP answers of 1 to 256 KiB are compressed (gzip, deflate) for apps that ask; none that hold tokens."
            )
        ]

    private static let metricsFields: [ConfigurationField] = [
        flag(
            "listeners.metrics.enabled",
            \.listeners.metrics.isEnabled,
            "HTTP without TLS for the operator: `/metrics` (Prometheus), `/healthz`, `/readyz`."
        ),
        addresses(
            "metrics",
            \.listeners.metrics.addresses,
            "Where to listen for the operator. Whoever gets there may read."
        ),
        port("metrics", \.listeners.metrics.port),
    ]

    private static func optionalListener(
        _ name: ServerConfiguration.ListenerName,
        _ what: String
    ) -> [ConfigurationField] {
        let key = "listeners.\(name.rawValue).enabled"
        return [flag(key, \.listeners[name].isEnabled, what + ".")] + listener(name, what)
    }

    private static func listener(
        _ name: ServerConfiguration.ListenerName,
        _ what: String
    ) -> [ConfigurationField] {
        let key = name.rawValue
        let told = name == .ota ? "upgrades tell devices" : "dispatch tells clients"
        let domain = name == .ota ? "the address" : "the first DNS name of the certificate"
        let empty = name == .publicTLS ? "" : " Empty: those of the public listener."
        return [
            addresses(key, \.listeners[name].addresses, "Where to listen: \(what).\(empty)"),
            port(key, \.listeners[name].port),
            automatic(
                "listeners.\(key).advertise.ipv4",
                \.listeners[name].advertised.ipv4,
                form: "an IPv4 address",
                "The address \(told). `auto`: the local address of their connection.",
                parse: { NumericAddress($0)?.bytes.count == 4 ? $0 : nil },
                print: { .text($0) }
            ),
            automatic(
                "listeners.\(key).advertise.domain",
                \.listeners[name].advertised.domain,
                form: "a host name",
                "The name \(told). `auto`: \(domain).",
                parse: { ListenAddress.isHostName($0) ? $0 : nil },
                print: { .text($0) }
            ),
            automatic(
                "listeners.\(key).advertise.port",
                \.listeners[name].advertised.port,
                form: "1 to 65535",
                "The port \(told). `auto`: the port listened on.",
                parse: { integer($0, in: 1...65_535) },
                print: { .integer($0) }
            ),
        ]
    }

    private static func addresses(
        _ name: String,
        _ path: any Path<[ListenAddress]>,
        _ summary: String
    ) -> ConfigurationField {
        list(
            "listeners.\(name).addresses",
            path,
            element: "addresses",
            examples: "`127.0.0.1`, `192.0.2.7:443`, `[::]:8080`, `localhost`",
            summary,
            parse: { ListenAddress($0) }
        )
    }

    private static func port(_ name: String, _ path: any Path<Int>) -> ConfigurationField {
        integer(
            "listeners.\(name).port",
            path,
            0...65_535,
            "The port of every address that names none; 0 lets the system choose."
        )
    }

    private static let historyFields: [ConfigurationField] = [
        flag(
            "history.enabled",
            \.history.isEnabled,
            "Changes of devices' states are kept: reports, and commands that the device acknowledged."
        ),
        integer(
            "history.maximumPerDevice",
            \.history.maximumPerDevice,
            1...100_000,
            "The newest entries that are kept of each device."
        ),
        duration(
            "history.maximumAge",
            \.history.maximumAge,
            .seconds(3_600) ... .days(3_650),
            "How long an entry is kept."
        ),
    ]

    private static let logFields: [ConfigurationField] = [
        choice("log.level", \.log.level, "The least important level that is written to standard error."),
        choice("log.format", \.log.format, "`text` for people and journals, `json` for one object a line."),
    ]
}
