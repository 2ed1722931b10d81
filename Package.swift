// swift-tools-version: 6.2
import PackageDescription

/// One set of compiler settings for every target: Swift 6 mode, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let inMemoryLogging = Target.Dependency.product(name: "InMemoryLogging", package: "swift-log")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioHTTPCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "switchyard",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "switchyard", targets: ["switchyard"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML", "JSON"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The wire and the domain: no I/O.
        .target(name: "CoolkitWire", dependencies: [nioCore, crypto], swiftSettings: settings),
        .target(
            name: "SwitchyardCore",
            dependencies: ["CoolkitWire", nioCore, crypto, cryptoExtras, logging, metrics, serviceLifecycle],
            swiftSettings: settings
        ),

        // Sockets, and the front doors. None of the front doors imports another.
        .target(
            name: "SwitchyardTransport",
            dependencies: [
                "SwitchyardCore", "CoolkitWire", crypto, cryptoExtras, httpTypes, hummingbirdCore, logging, metrics,
                nioCore,
                nioHTTP1, nioHTTPCompression, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, nioSSL, nioTLS,
                serviceLifecycle, swiftASN1, x509,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SwitchyardHub",
            dependencies: ["SwitchyardTransport", "SwitchyardCore", "CoolkitWire", nioCore, logging, metrics],
            swiftSettings: settings
        ),
        .target(
            name: "SwitchyardAPI",
            dependencies: [
                "SwitchyardTransport", "SwitchyardCore", "CoolkitWire", hummingbird, httpTypes, nioCore, logging,
                metrics,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),

        // Storage.
        .target(
            name: "SwitchyardMigrations",
            path: "migrations",
            exclude: ["schema.sql", "README.md"],
            sources: ["Migrations.swift"],
            resources: [.embedInCode("sqlite")],
            swiftSettings: settings
        ),
        .target(
            name: "SwitchyardSQLite",
            dependencies: ["SwitchyardCore", "SwitchyardMigrations", "CoolkitWire", grdb, crypto, logging, nioCore],
            swiftSettings: settings
        ),

        // Assembly and commands.
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "SwitchyardServer",
            dependencies: [
                "CMalloc",
                "SwitchyardAPI", "SwitchyardHub", "SwitchyardSQLite", "SwitchyardTransport", "SwitchyardCore",
                "CoolkitWire",
                configuration, coreMetrics, hummingbird, logging, nioCore, nioPosix, nioSSL, serviceLifecycle,
                unixSignals, yams,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SwitchyardSimulator",
            dependencies: ["CoolkitWire", asyncHTTPClient, crypto, nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "switchyard",
            dependencies: [
                "SwitchyardServer", "SwitchyardCore", "SwitchyardSimulator", "CoolkitWire", argumentParser,
                asyncHTTPClient, logging,
                nioCore,
                nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
            ],
            swiftSettings: settings
        ),

        // Tests, and what they share. `ConformanceEcho` and `BenchmarkSeed` are in no product.
        .target(
            name: "TestSupport",
            dependencies: [
                "SwitchyardServer", "SwitchyardSimulator", "SwitchyardSQLite", "SwitchyardTransport", "SwitchyardCore",
                "CoolkitWire", asyncHTTPClient, crypto, logging, nioCore, nioPosix, nioSSL, serviceLifecycle,
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .target(name: "TestRandom", path: "Tests/TestRandom", swiftSettings: settings),
        .executableTarget(
            name: "ConformanceEcho",
            dependencies: [
                "SwitchyardTransport", "SwitchyardCore", httpTypes, hummingbirdCore, logging, nioCore, nioHTTP1,
                nioPosix,
                serviceLifecycle, unixSignals,
            ],
            path: "Tests/ConformanceEcho",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "BenchmarkSeed",
            dependencies: ["SwitchyardSQLite", "SwitchyardCore", "CoolkitWire", argumentParser],
            path: "Benchmarks/BenchmarkSeed",
            swiftSettings: settings
        ),
        // What fuzzing feeds with bytes (`scripts/fuzz`), and the test that replays its corpus and findings.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "SwitchyardTransport", "SwitchyardCore", "CoolkitWire", nioCore, nioEmbedded, nioHTTP1, nioWebSocket,
            ],
            path: "Fuzz/FuzzTargets",
            swiftSettings: settings
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "TestRandom"], swiftSettings: settings),
        .testTarget(
            name: "CoolkitWireTests",
            dependencies: ["TestRandom", "CoolkitWire", nioCore],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardCoreTests",
            dependencies: [
                "TestRandom", "SwitchyardCore", "SwitchyardSQLite", "CoolkitWire", grdb, inMemoryLogging, logging,
                nioCore,
                serviceLifecycle,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardSQLiteTests",
            dependencies: [
                "TestRandom", "SwitchyardSQLite", "SwitchyardMigrations", "SwitchyardCore", "CoolkitWire", grdb,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardTransportTests",
            dependencies: [
                "TestRandom", "SwitchyardTransport", "SwitchyardCore", "CoolkitWire", crypto, httpTypes,
                hummingbirdCore, logging,
                nioCore,
                nioEmbedded, nioHTTP1, nioHTTPCompression, nioPosix, nioSSL, nioTLS, nioWebSocket, serviceLifecycle,
                swiftASN1, x509,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardHubTests",
            dependencies: [
                "SwitchyardHub", "SwitchyardTransport", "SwitchyardSQLite", "SwitchyardCore", "CoolkitWire", logging,
                nioCore,
                nioEmbedded, nioPosix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardAPITests",
            dependencies: [
                "TestSupport", "TestRandom", "SwitchyardAPI", "SwitchyardServer", "SwitchyardSQLite",
                "SwitchyardTransport",
                "SwitchyardSimulator",
                "SwitchyardCore", "CoolkitWire", asyncHTTPClient, httpTypes, hummingbird, logging, nioCore, yams,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardServerTests",
            dependencies: [
                "SwitchyardServer", "SwitchyardSQLite", "SwitchyardTransport", "SwitchyardCore", "CoolkitWire",
                "TestSupport", asyncHTTPClient, coreMetrics, inMemoryLogging, logging, nioCore, nioHTTP1,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardCommandTests",
            dependencies: [
                "switchyard", "TestSupport", "SwitchyardServer", "SwitchyardAPI", "SwitchyardCore", "CoolkitWire",
                argumentParser, hummingbird, yams,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwitchyardSimulatorTests",
            dependencies: ["SwitchyardSimulator", "CoolkitWire", nioCore, nioPosix, nioHTTP1, nioWebSocket],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ConversationTests",
            dependencies: [
                "TestSupport", "SwitchyardServer", "SwitchyardHub", "SwitchyardSimulator", "SwitchyardCore",
                "CoolkitWire",
                nioCore,
            ],
            resources: [.copy("Transcripts")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "switchyard", "ConformanceEcho", "TestSupport", "TestRandom", "SwitchyardServer", "SwitchyardSimulator",
                "SwitchyardSQLite", "SwitchyardCore", "CoolkitWire", nioHTTP1,
            ],
            resources: [.copy("Clients"), .copy("Fixtures")],
            swiftSettings: settings
        ),
    ]
)

/// The package that `scripts/fuzz` builds instead: the fuzzed code with the compiler's coverage, and no more than that code
/// needs, so that it builds in a minute or two from nothing.
if Context.environment["SWITCHYARD_FUZZ"] != nil {
    let instrumented = settings + [.unsafeFlags(["-sanitize=fuzzer,address"])]
    package.products = []
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return true }
        return !location.hasSuffix("/swift-nio") && !location.hasSuffix("/swift-crypto")
    }
    package.targets = [
        .target(name: "CoolkitWire", dependencies: [nioCore, crypto], swiftSettings: instrumented),
        .target(
            name: "SwitchyardCore",
            dependencies: ["CoolkitWire", nioCore],
            sources: ["Shares/SharePermit.swift", "Shares/TimerPermits.swift"],
            swiftSettings: instrumented
        ),
        .target(
            name: "SwitchyardTransport",
            dependencies: [nioCore],
            sources: [
                "HTTP/HTTPCharacters.swift", "HTTP/RequestHeadLines.swift", "HTTP/RequestSyntax.swift",
                "Mail/SMTPReply.swift", "WebSocket/UTF8Validator.swift",
                "WebSocket/UnmaskingKey.swift", "WebSocket/WebSocketCloseCode.swift", "WebSocket/WebSocketFrame.swift",
                "WebSocket/WebSocketFrameHeader.swift", "WebSocket/WebSocketLimits.swift",
                "WebSocket/WebSocketReader.swift",
            ],
            swiftSettings: instrumented
        ),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "SwitchyardTransport", "SwitchyardCore", "CoolkitWire", nioCore, nioEmbedded, nioHTTP1, nioWebSocket,
            ],
            path: "Fuzz/FuzzTargets",
            swiftSettings: settings
        ),
        .target(name: "LibFuzzer", path: "Fuzz/LibFuzzer", publicHeadersPath: "include"),
        .executableTarget(
            name: "FuzzRunner",
            dependencies: ["FuzzTargets", "LibFuzzer"],
            path: "Fuzz/FuzzRunner",
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
        ),
    ]
}
