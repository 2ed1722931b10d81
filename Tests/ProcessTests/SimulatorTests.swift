import CoolkitWire
import Foundation
import SwitchyardSimulator
import TestSupport
import Testing

extension Processes {
    /// `switchyard simulate` beside a server of its own process.
    @Suite("Simulated devices", .timeLimit(.minutes(2)))
    struct SimulatorTests {
        @Test("A door sensor without a socket is online by its reports, and each move of the door arrives")
        func sensor() async throws {
            try await withDataFolder { folder in
                try await withServer(in: folder) { server in
                    _ = try await Cast(in: server)
                    let sensor = "\(Cast.deviceID):\(Cast.deviceKey):102"
                    try await server.withSimulator(sensor, options: ["--interval", "1", "--seed", "10"]) { simulator in
                        try await watch(simulator, on: server)
                    }
                }
            }
        }

        private func watch(_ simulator: ChildProcess, on server: RunningServer) async throws {
            let id = Cast.deviceID.rawValue
            let first = try await server.json("device", "show", id)
            #expect(first["online"] == true)
            #expect(first["params"]?["battery"] != nil)

            // The door opens in one second of twenty, and is told with its reason.
            let opened = try await simulator.output.next("that the door opens") { $0.contains(#""type":3"#) }
            #expect(try JSON(parsing: opened)["detail"]?["switch"] == "on")
            try await eventually("the open door in the store") {
                try await server.json("device", "show", id)["params"]?["switch"] == "on"
            }
        }
    }
}
