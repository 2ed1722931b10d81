import CoolkitWire
import SwitchyardCore
import Testing

@testable import SwitchyardHub
@testable import SwitchyardTransport

/// Apps and devices on two loops, of which one has more to do than it can; time stands still unless a test moves it.
@Suite("Overload of one loop of two", .timeLimit(.minutes(1)))
struct LoopsOverloadTests {
    private static let near = DeviceID(unchecked: "1000a1b2c4")
    private let rig: HubRig

    init() throws {
        rig = try HubRig()
        rig.addToken("a")
        _ = try rig.addDevice()
        _ = try rig.addDevice(Self.near)
    }

    private func connectApp(_ loop: HubLoop) async throws -> HubPeer {
        let app = try await HubPeer(loop)
        try await app.send(#"{"action":"userOnline","at":"a","apikey":"\#(HubRig.apiKey)","sequence":"1"}"#)
        #expect(try await app.next().hasPrefix(#"{"error":0"#))
        return app
    }

    /// A device that has registered; with `answers` it acknowledges whatever it is told.
    private func connectDevice(
        _ loop: HubLoop,
        _ id: DeviceID = HubRig.deviceID,
        answers: Bool = true
    ) async throws -> HubPeer {
        let device = try await HubPeer(loop, acknowledgingAs: answers ? id : nil)
        try await device.send(
            #"{"action":"register","deviceid":"\#(id)","apikey":"\#(HubRig.factoryKey)","version":8,"ts":1}"#
        )
        #expect(try await device.next().hasPrefix(#"{"error":0"#))
        return device
    }

    private func command(_ number: Int, to id: DeviceID = HubRig.deviceID) -> String {
        """
        {"action":"update","apikey":"\(HubRig.apiKey)","deviceid":"\(id)","sequence":"\(number)","params":{"switch":"on"},\
        "userAgent":"app"}
        """
    }

    /// A turn of the loop that takes so long.
    private func turn(of loop: HubLoop, taking duration: Duration) async throws {
        let pass = rig.pass
        try await loop.run { load in
            load.workBegins()
            pass(duration)
        }
        // Its end is two tasks later.
        for _ in 0..<2 { try await loop.run { _ in } }
    }

    private func makeBehind(_ loop: HubLoop) async throws {
        try await turn(of: loop, taking: .milliseconds(150))
        #expect(try await loop.run { $0.isBehind })
    }

    /// Reads so many answers to commands: what each was answered.
    private func answers(_ count: Int, of app: HubPeer) async throws -> [Int: Substring] {
        var answers: [Int: Substring] = [:]
        while answers.count < count {
            let frame = try await app.next()
            // Broadcasts of the state and of who comes online have an action.
            if frame.contains(#""action""#) { continue }
            let found = try #require(frame.firstMatch(of: /"error":(\d+).*"sequence":"(\d+)"/), "\(frame)")
            let number = try #require(Int(found.2))
            #expect(answers.updateValue(found.1, forKey: number) == nil, "two answers to \(number)")
        }
        return answers
    }

    @Test(
        "While the device's loop is behind it carries out a part of what comes from the other loop, and refuses the rest at once"
    )
    func deviceBehind() async throws {
        try await HubLoop.withTwo(of: rig) { calm, busy in
            let device = try await connectDevice(busy)
            let near = try await connectDevice(calm, Self.near)
            let app = try await connectApp(calm)
            try await makeBehind(busy)

            var far: [Int: Substring] = [:]
            for turn in 0..<20 {
                let first = 10_000 + turn * 10
                // After short turns it takes on more, after a long one fewer.
                for _ in 0..<4 { try await self.turn(of: busy, taking: .zero) }
                try await makeBehind(busy)
                try await busy.holding { _ in
                    for number in first..<first + 10 { try await app.send(command(number)) }
                    // The app's own loop has handed those over when it gets to this one, and goes on meanwhile.
                    try await app.send(command(20_000 + turn, to: Self.near))
                    #expect(try await answers(1, of: app) == [20_000 + turn: "0"])
                    rig.pass(.milliseconds(20))
                }
                far.merge(try await answers(10, of: app)) { $1 }
            }

            #expect(far.keys.sorted() == Array(10_000..<10_200))
            #expect(far.values.allSatisfy { $0 == "0" || $0 == "503" })
            let accepted = far.values.count { $0 == "0" }
            #expect((10...190).contains(accepted))
            // Each that was accepted has come to the device, and none besides.
            for _ in 0..<accepted { #expect(try await device.next().contains(#""action":"update""#)) }
            try await device.send(
                #"{"action":"date","deviceid":"\#(HubRig.deviceID)","apikey":"\#(HubRig.factoryKey)"}"#
            )
            #expect(try await device.next().contains(#""date":"#))
            #expect(try await calm.run { !$0.isBehind })
            for peer in [device, near, app] { await peer.close() }
        }
    }

    @Test("A command that was taken on goes on to the device's next session, although the loop of that is behind")
    func handedOver() async throws {
        try await HubLoop.withTwo(of: rig) { calm, busy in
            let old = try await connectDevice(calm, answers: false)
            let app = try await connectApp(calm)
            try await app.send(command(2))
            #expect(try await old.next().contains(#""action":"update""#))

            var new: HubPeer?
            // The old session's end waits until the new one's loop has no free commands left.
            try await calm.holding { letGo in
                new = try await connectDevice(busy)
                try await makeBehind(busy)
                try await busy.holding { _ in
                    letGo()
                    try await calm.run { _ in }
                }
            }
            let device = try #require(new)
            try #require(try await answers(1, of: app) == [2: "0"])
            #expect(try await device.next().contains(#""action":"update""#))
            for peer in [old, device, app] { await peer.close() }
        }
    }
}
