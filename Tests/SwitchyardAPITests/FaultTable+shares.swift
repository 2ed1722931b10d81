import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport

/// What the receiver of a share may not do with the device, and what he may not do any more after it.
///
/// Source: `coolkit-websocket.md` §9, §10.1; `coolkit-v1-http.md` §3.3, §3.6, §3.7.
extension FaultTable {
    static let shares: [FaultCase] = [
        FaultCase("rename a shared device", 403) { $0.rename(FaultWorld.sharedDevice) },
        FaultCase("rename a shared device to nothing", 403) { $0.rename(FaultWorld.sharedDevice, ["name": "  "]) },
        FaultCase("tag a shared device", 403) { $0.setTag { $0["deviceid"] = .string(FaultWorld.sharedDevice) } },
        FaultCase("add a shared device", 409) { $0.add { $0["deviceid"] = .string(FaultWorld.sharedDevice) } },
        FaultCase("control a shared device that is offline", 503) { $0.controlShared(["switch": "on"]) },
        FaultCase("add a timer to a shared device beyond the permit", 403) {
            $0.controlShared(["timers": [["mId": "m1"], ["mId": "m2", "enabled": 0]]])
        },
        FaultCase("delete a timer of a shared device beyond the permit", 403) { $0.controlShared(["timers": []]) },
        FaultCase("edit a timer of a shared device beyond the permit", 403) {
            $0.controlShared(["timers": [["mId": "m1", "at": "1"]]])
        },
        FaultCase("enable a timer of a shared device within the permit", 503) {
            $0.controlShared(["timers": [["mId": "m1", "enabled": 1]]])
        },
        FaultCase("delete a timer of a shared device in an array", 403) {
            $0.controlShared([["switch": "on"], ["timers": 0]])
        },
    ]
}

extension FaultWorld {
    /// Another account's device that is shared with the asking one, which may enable timers.
    static let sharedDevice = "1000e5e5e5"

    func controlShared(_ params: JSON) -> APIRequest {
        control(["deviceid": .string(Self.sharedDevice), "params": params])
    }

    static func share(by owner: Account, with receiver: Account, on rig: TLSRig) async throws {
        let device = try await rig.addDevice(sharedDevice, to: owner, params: #"{"timers":[{"mId":"m1"}]}"#).device
        _ = try await rig.server.switchyard.shares.add(
            Share(
                device: device.id,
                owner: ShareParty(owner),
                receiver: ShareParty(receiver),
                terms: ShareTerms(permit: .enableTimers),
                sharedAt: rig.clocks.wallClock.now
            )
        )
    }
}
