import CoolkitWire
import Synchronization
import Testing

@testable import SwitchyardCore

@Suite("Device registry")
struct DeviceRegistryTests {
    private let registry = DeviceRegistry()
    private let origin = RecordingOrigin()

    @Test("Devices are found by id and by owner, in the order of adding")
    func finds() throws {
        let devices = try ["1", "2", "3"].map { try LiveDevice.sample(.sample(DeviceID(unchecked: $0))) }
        let foreign = try LiveDevice.sample(.sample(DeviceID(unchecked: "4"), owner: .stranger))
        for device in devices + [foreign] { registry.insert(device) }

        #expect(registry.device(DeviceID(unchecked: "2")) === devices[1])
        #expect(registry.device(DeviceID(unchecked: "5")) == nil)
        #expect(registry.devices(of: Account.owner.id).map(\.id.rawValue) == ["1", "2", "3"])
        #expect(registry.devices(of: Account.stranger.id).map(\.id.rawValue) == ["4"])
        #expect(Set(registry.allDevices().map(\.id.rawValue)) == ["1", "2", "3", "4"])
    }

    @Test("A removed device is gone at once, its session is closed and what waited for it ends as offline")
    func removes() throws {
        let device = try LiveDevice.sample()
        registry.insert(device)
        let link = RecordingLink()
        let attachment = try #require(device.attach(link, address: "", at: sampleTime))
        #expect(device.detach(generation: attachment.generation))
        device.dispatch(.sample(to: device, from: origin))
        _ = device.attach(link, address: "", at: sampleTime)
        _ = device.detach(generation: attachment.generation + 1)
        device.dispatch(.sample(to: device, from: origin))
        let current = RecordingLink()
        device.dispatch(.sample(to: device, from: origin))

        registry.remove(device.id, leaving: .sample())

        #expect(registry.device(device.id) == nil)
        #expect(registry.devices(of: Account.owner.id).isEmpty)
        #expect(registry.deletedDevice(device.id) == .sample())
        #expect(origin.names == ["offline", "offline"])
        #expect(device.attach(current, address: "", at: sampleTime) == nil)
        #expect(!device.isVisible(to: Account.owner.id))
        #expect(device.stateForSaving() == nil)
        device.dispatch(.sample(to: device, from: origin))
        #expect(origin.names == ["offline", "offline", "offline"])
    }

    @Test("Removing an unknown device leaves the memory alone, and adding forgets it")
    func remembers() throws {
        registry.remove(.sample, leaving: .sample())
        #expect(registry.deletedDevice(.sample) == .sample())

        registry.insert(try LiveDevice.sample())

        #expect(registry.deletedDevice(.sample) == nil)
    }

    @Test("Of an account the newest deleted devices are remembered, whoever had them before, and none for ever")
    func boundsMemory() {
        func delete(_ number: Int, of owner: AccountID?) {
            let memory = DeletedDevice(
                id: DeviceID(unchecked: "\(number)"),
                factoryKey: .factory,
                owner: owner,
                timesTold: 0,
                deletedAt: sampleTime.advanced(by: .seconds(number))
            )
            registry.remove(memory.id, leaving: memory)
        }
        func isRemembered(_ number: Int) -> Bool { registry.deletedDevice(DeviceID(unchecked: "\(number)")) != nil }
        let limit = DeletedDevice.limitPerAccount
        delete(0, of: nil)
        delete(1, of: Account.owner.id)
        delete(1, of: Account.stranger.id)

        for number in 2...limit + 3 { delete(number, of: Account.owner.id) }

        #expect([0, 1, 2, 3, 4, limit + 3].map(isRemembered) == [true, true, false, false, true, true])
        registry.forgetDeleted(before: sampleTime.advanced(by: .seconds(limit)))
        #expect([0, 1, limit - 1, limit, limit + 3].map(isRemembered) == [false, false, false, true, true])
        for number in limit + 4...2 * limit { delete(number, of: Account.owner.id) }
        #expect((1...2 * limit).count(where: isRemembered) == limit)
    }

    // MARK: Waiting

    @Test("Whoever waits for a device hears once that it was added, but not after giving up")
    func wakes() throws {
        let woken = Mutex<[String]>([])
        func wait(_ name: String, for id: DeviceID = .sample) -> BusSubscription? {
            registry.waitForDevice(id) { woken.withLock { $0.append(name) } }
        }
        _ = wait("first")
        let patient = wait("second")
        let impatient = wait("third")
        _ = wait("other", for: DeviceID(unchecked: "other"))
        impatient?.cancel()
        impatient?.cancel()

        registry.insert(try LiveDevice.sample())
        patient?.cancel()
        registry.insert(try LiveDevice.sample())

        #expect(woken.withLock { $0 } == ["first", "second"])
    }

    @Test("No more than ten thousand wait; each that gives up or is woken makes room")
    func boundsWaiting() throws {
        var waits: [BusSubscription] = []
        for number in 0..<10_000 {
            waits.append(
                try #require(registry.waitForDevice(DeviceID(unchecked: "\(number % 5_000)")) {})
            )
        }

        #expect(registry.waitForDevice(.sample) {} == nil)
        waits[0].cancel()
        waits[0].cancel()
        #expect(registry.waitForDevice(.sample) {} != nil)
        #expect(registry.waitForDevice(.sample) {} == nil)
        registry.insert(try LiveDevice.sample(.sample(DeviceID(unchecked: "1"))))
        #expect(registry.waitForDevice(.sample) {} != nil)
        #expect(registry.waitForDevice(.sample) {} != nil)
        #expect(registry.waitForDevice(.sample) {} == nil)
    }

    @Test("A waiter may ask the registry while it is woken: no lock is held")
    func wakesWithoutLock() throws {
        let found = Mutex(false)
        _ = registry.waitForDevice(.sample) { [registry] in
            let isThere = registry.device(.sample) != nil && registry.waitForDevice(.sample) {} != nil
            found.withLock { $0 = isThere }
        }

        registry.insert(try LiveDevice.sample())

        #expect(found.withLock { $0 })
    }
}
