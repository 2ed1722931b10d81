import CoolkitWire
import SwitchyardSQLite
import Synchronization
import Testing

@testable import SwitchyardCore

@Suite("Devices added at once, and while their account goes")
struct AdditionRaceTests {
    private func devices(of rig: AccountRig, maximum: Int = 1_000) -> DeviceService {
        DeviceService(
            store: rig.store,
            registry: rig.registry,
            bus: rig.bus,
            settings: .changed { $0.maximumDevicesPerAccount = maximum },
            clock: rig.clocks.wall
        )
    }

    private func addition(_ number: Int) -> DeviceService.Addition {
        DeviceService.Addition(
            id: DeviceID(unchecked: "1000\(100_000 + number)"),
            credential: .key(.factory),
            facts: DeviceFacts(uiid: 1)
        )
    }

    @Test("Many devices added to one account at once do not exceed its bound")
    func keepsBound() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let devices = devices(of: rig, maximum: 5)

            let added = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<30 {
                    // Those beyond the bound are refused; how many got in is counted.
                    group.addTask { (try? await devices.add(addition(number), to: account, under: nil)) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }

            #expect(added == 5)
            #expect(rig.registry.devices(of: account.id).count == 5)
            #expect(try await store.devices().count == 5)
        }
    }

    @Test("An account that goes while devices are added leaves none behind", arguments: 0..<20)
    func removesAll(round: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let devices = devices(of: rig)

            await withTaskGroup { group in
                for number in 0..<12 {
                    group.addTask {
                        // What comes after the removal is refused.
                        _ = try? await devices.add(addition(number), to: account, under: nil)
                    }
                    if number == round % 12 {
                        group.addTask {
                            // It is there, so this succeeds; the expectations below would tell.
                            _ = try? await rig.accounts.remove(account.id)
                        }
                    }
                }
            }

            #expect(try await store.accounts().isEmpty)
            #expect(try await store.devices().isEmpty)
            #expect(rig.registry.allDevices().isEmpty)
            #expect(rig.registry.devices(of: account.id).isEmpty)
            await expect(.accountNotFound) { _ = try await devices.add(addition(99), to: account, under: nil) }
            #expect(rig.registry.allDevices().isEmpty)
        }
    }

    /// One of the gaps is that between the store and the memory.
    @Test("An account that goes in any gap of an addition takes the device along", arguments: 0..<8)
    func removesInGap(step: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let account = try await rig.prepare()
            let devices = devices(of: rig)
            let executor = SteppedExecutor(steps: step)
            let ended = EndedTasks()

            await withTaskGroup { group in
                group.addTask(executorPreference: executor) {
                    // Refused if the account went first.
                    _ = try? await devices.add(addition(1), to: account, under: nil)
                    ended.count(.addition)
                }
                while !executor.isHolding, !ended.contains(.addition) { await Task.yield() }
                group.addTask {
                    // It is there, so this succeeds; the expectations below would tell.
                    _ = try? await rig.accounts.remove(account.id)
                    ended.count(.removal)
                }
                // Long enough for a removal that waits for nobody; one that waits for the addition needs its release.
                for _ in 0..<20_000 where !ended.contains(.removal) { await Task.yield() }
                executor.release()
            }

            #expect(try await store.accounts().isEmpty)
            #expect(try await store.devices().isEmpty)
            #expect(rig.registry.allDevices().isEmpty)
        }
    }

    /// What has come to its end.
    private final class EndedTasks: Sendable {
        enum Kind { case addition, removal }
        private let kinds = Mutex<Set<Kind>>([])
        func count(_ kind: Kind) { kinds.withLock { _ = $0.insert(kind) } }
        func contains(_ kind: Kind) -> Bool { kinds.withLock { $0.contains(kind) } }
    }

    @Test("A device that an account adds while another account goes is free, or its new owner's", arguments: 0..<10)
    func handsOver(round: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let (old, new) = (try await rig.prepare(), Account.stranger)
            try await store.createAccount(new, passwordHash: "!")
            let devices = devices(of: rig)
            _ = try await devices.add(addition(1), to: old, under: nil)

            await withTaskGroup { group in
                group.addTask { _ = try? await rig.accounts.remove(old.id) }  // Succeeds, or the test fails below.
                for _ in 0...round {
                    // Refused as long as the old account has it.
                    group.addTask { _ = try? await devices.add(addition(1), to: new, under: nil) }
                }
            }

            let stored = try await store.devices().map(\.0)
            #expect(stored == rig.registry.allDevices().map(\.device))
            #expect(stored.allSatisfy { $0.owner == new.id })
            #expect(try await store.deletedDevices().isEmpty == !stored.isEmpty)
        }
    }
}
