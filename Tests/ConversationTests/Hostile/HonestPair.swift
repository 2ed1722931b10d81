import SwitchyardCore
import Synchronization
import TestSupport
import Testing

/// An app of Bob's and his device, which do nothing wrong while somebody else does.
struct HonestPair: Sendable {
    private let app: TestPeer
    private let device: TestPeer

    init(of stage: Stage) async throws {
        device = try await TestPeer("honest device", to: stage.server, through: .device)
        let (deviceID, key) = (Stage.foreignDeviceID, Stage.factoryKey)
        try await device.send(
            #"{"action":"register","deviceid":"\#(deviceID)","apikey":"\#(key)","userAgent":"device"}"#
        )
        _ = try await device.nextText()
        app = try await TestPeer("honest app", to: stage.server)
        let (token, apiKey) = (stage.bob.tokens.accessToken, stage.bob.account.apiKey)
        try await app.send(#"{"action":"userOnline","at":"\#(token)","apikey":"\#(apiKey)","userAgent":"app"}"#)
        _ = try await app.nextText()
    }

    func leave() {
        app.abort()
        device.abort()
    }

    /// Sends commands, one after the other, until `body` has ended; how long each took.
    func relaying(while body: @Sendable () async throws -> Void) async throws -> [Duration] {
        let isOver = Over()
        async let times = relay(until: isOver)
        do {
            try await body()
        } catch {
            isOver.set()
            _ = try await times
            throw error
        }
        isOver.set()
        return try await times
    }

    private func relay(until isOver: Over) async throws -> [Duration] {
        var times: [Duration] = []
        repeat {
            let number = times.count
            times.append(try await ContinuousClock().measure { try await relay(number) })
        } while !isOver.value
        return times
    }

    private func relay(_ number: Int) async throws {
        let (id, sequence) = (Stage.foreignDeviceID, "170000\(number)")
        try await app.send(
            #"{"action":"update","deviceid":"\#(id)","sequence":"\#(sequence)","params":{"n":\#(number)}}"#
        )
        let command = try await device.nextText()
        try #require(command.contains(#""n":\#(number)}"#), "\(command)")
        try await device.send(#"{"error":0,"deviceid":"\#(id)","sequence":"\#(sequence)"}"#)
        var answer = try await app.nextText()
        while answer.contains("sysmsg") { answer = try await app.nextText() }
        try #require(answer.contains(#""error":0"#) && answer.contains(sequence), "\(answer)")
    }

    private final class Over: Sendable {
        private let flag = Mutex(false)
        var value: Bool { flag.withLock { $0 } }
        func set() { flag.withLock { $0 = true } }
    }
}

/// What a hostile peer has got to be before it begins.
enum HostileRole: String, CaseIterable, Sendable {
    case nobody
    case app
    case device

    /// Connects, to the listener that such a peer comes in by.
    func connect(to stage: Stage) async throws -> TestPeer {
        switch self {
        case .nobody: try await TestPeer("nobody", to: stage.server)
        case .app: try await TestPeer.app(of: stage)
        case .device: try await TestPeer.device(of: stage)
        }
    }
}
