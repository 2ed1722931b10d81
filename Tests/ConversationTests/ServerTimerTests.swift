import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Timers that outlive the server that took them.
///
/// Source: `coolkit-websocket.md` §9, `serverTimers`.
@Suite struct ServerTimerTests {
    @Test("After a restart the timers are run that lie ahead, and none that was missed")
    func survivesRestart() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try TestCertificates.install(in: folder)
        // One pair of clocks for both servers: they stand still whatever time the test takes.
        let clocks = TestClocks()
        let start = clocks.wallClock.now
        try await Self.withServer(in: folder, clocks) { server in
            let account = try await server.makeAccount()
            try await server.addDevice(to: account)
            let device = try await Self.register(server)
            let timers = [60, 3_660].map { seconds in
                #"{"enabled":1,"type":"once","at":"\#(start.advanced(by: .seconds(seconds)).iso8601)","do":{"n":\#(seconds)}}"#
            }
            try await device.send(#"{"action":"update","params":{"timers":[\#(timers.joined(separator: ","))]}}"#)
            #expect(try await device.nextText().hasPrefix(#"{"error":0"#))
            device.abort()
        }
        clocks.advance(by: .seconds(3_600))

        try await Self.withServer(in: folder, clocks) { server in
            let device = try await Self.register(server)
            clocks.advance(by: .seconds(90))

            let command = try JSON(parsing: await device.nextText())

            #expect(command["params"] == ["n": 3_660])
            try await device.settle()
            device.abort()
        }
    }

    private static func withServer(
        in folder: String,
        _ clocks: TestClocks,
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await withTestServer(in: folder, clocks: clocks, { $0.protocolSettings.serverTimers = true }, body)
    }

    private static func register(_ server: TestServer) async throws -> TestPeer {
        let device = try await TestPeer("device", to: server, through: .device)
        try await device.send(
            #"{"action":"register","deviceid":"\#(Stage.deviceID)","apikey":"\#(Stage.factoryKey)","userAgent":"device"}"#
        )
        _ = try await device.nextText()
        return device
    }
}
