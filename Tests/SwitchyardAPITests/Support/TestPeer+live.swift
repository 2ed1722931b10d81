import CoolkitWire
import SwitchyardSimulator
import TestSupport

extension TestPeer {
    /// Connects and sends `register`; the answer is the next message.
    static func registering(
        _ id: String = FaultWorld.ownDevice,
        with rig: TLSRig,
        through listener: TestListener = .public
    ) async throws -> TestPeer {
        let device = try await TestPeer("device", to: rig.server, through: listener)
        try await device.register(id)
        return device
    }

    /// Connects and registers, and has been told that all is well.
    static func device(
        _ id: String = FaultWorld.ownDevice,
        of rig: TLSRig,
        through listener: TestListener = .public
    ) async throws -> TestPeer {
        let device = try await registering(id, with: rig, through: listener)
        let answer = try await device.nextText()
        guard answer.contains(#""error":0"#) else { throw TestFailure("register was answered with \(answer)") }
        return device
    }

    func register(_ id: String = FaultWorld.ownDevice) async throws {
        try await send(
            """
            {"userAgent":"device","apikey":"\(TLSRig.deviceKey)","deviceid":"\(id)","action":"register","version":8}
            """
        )
    }

    /// Answers a command.
    func answer(_ command: String, error: Int = 0) async throws {
        let command = try JSON(parsing: command)
        let answer: JSONObject = [
            "error": JSON(error), "userAgent": "device", "apikey": .string(TLSRig.deviceKey),
            "deviceid": command["deviceid"] ?? .null, "sequence": command["sequence"] ?? .null,
        ]
        try await send(JSON.object(answer).text)
    }

    /// Connects an app with this token; its answer to `userOnline` is dropped.
    static func app(_ name: String = "app", of rig: TLSRig, apiKey: String, token: String) async throws -> TestPeer {
        let app = try await TestPeer(name, to: rig.server)
        try await app.send(
            #"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","userAgent":"app","sequence":"1"}"#
        )
        let answer = try await app.nextText()
        guard answer.contains(#""error":0"#) else { throw TestFailure("userOnline was answered with \(answer)") }
        return app
    }

    /// Waits for the end, and gives the close code; messages before it are dropped.
    func closeCode() async throws -> UInt16? {
        while true {
            if case .closed(code: let code) = try await next() { return code }
        }
    }
}
