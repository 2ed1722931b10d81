import CoolkitWire
import NIOCore
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("State writer")
struct StateWriterTests {
    private let link = RecordingLink()

    @Test("A report is in the store before its device hears of it, and lazy state waits for the flush")
    func writesUrgentFirst() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let (reporting, commanded) = (try await rig.addDevice("1"), try await rig.addDevice("2"))
            try await rig.run {
                try commanded.report(#"{"switch":"on"}"#)
                rig.writer.storeLater(commanded)
                try reporting.report(#"{"switch":"on"}"#)
                rig.writer.store(reportOf: reporting, from: link, ticket: 7)

                #expect(try await rig.nextNotices() == [7: true])
                #expect(try await rig.stored(reporting) == #"{"switch":"on"}"#)
                #expect(try await rig.stored(commanded) == "{}")
                #expect(link.stored == [7: true])

                await rig.timer.fire()
                // The writer takes one thing after another: when this is stored, the flush is over.
                await rig.timer.fire()
                rig.writer.store(reportOf: reporting, from: link, ticket: 8)
                _ = try await rig.nextNotices()
                #expect(try await rig.stored(commanded) == #"{"switch":"on"}"#)
            }
        }
    }

    @Test("Many reports of one device are one row, and each is told of")
    func writesNewest() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let device = try await rig.addDevice()
            try await rig.run {
                for ticket in 1...100 {
                    try device.report("{\"count\":\(ticket)}")
                    rig.writer.store(reportOf: device, from: link, ticket: UInt64(ticket))
                }

                var told: [UInt64: Bool] = [:]
                while told.count < 100 { told.merge(try await rig.nextNotices()) { _, new in new } }

                #expect(told.values.allSatisfy { $0 })
                #expect(try await rig.stored(device) == #"{"count":100}"#)
                #expect(!(try device.merge(ByteBuffer(string: #"{"count":100}"#)).needsSaving))
            }
        }
    }

    @Test("What the store refuses is told as refused, and written when it recovers")
    func recovers() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let device = try await rig.addDevice()
            try await rig.setRoom(isLeft: false)
            try await rig.run {
                try device.reportLarge()
                rig.writer.store(reportOf: device, from: link, ticket: 1)
                #expect(try await rig.nextNotices() == [1: false])
                #expect(try await rig.stored(device) == "{}")

                // The device says it again: nothing is new, but nothing is stored either.
                #expect(try device.merge(ByteBuffer(string: "{}")).needsSaving)
                try await rig.setRoom(isLeft: true)
                await rig.timer.fire()
                await rig.timer.fire()
                rig.writer.store(reportOf: device, from: link, ticket: 2)
                #expect(try await rig.nextNotices() == [2: true])
                #expect(try await rig.stored(device) == device.paramsText)
            }
        }
    }

    @Test("What was refused is tried again with the next flush, without a new report")
    func triesAgain() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let device = try await rig.addDevice()
            try await rig.setRoom(isLeft: false)
            try await rig.run {
                try device.reportLarge()
                rig.writer.store(reportOf: device, from: link, ticket: 1)
                _ = try await rig.nextNotices()
                try await rig.setRoom(isLeft: true)
                await rig.timer.fire()
            }

            #expect(try await rig.stored(device) == device.paramsText)
        }
    }

    @Test("A state that can never be stored holds up no other")
    func isolatesBadState() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let (bad, good) = (try await rig.addDevice("bad"), try await rig.addDevice("good"))
            var noUTF8 = ByteBuffer(string: #"{"a":""#)
            noUTF8.writeBytes([0xFF])
            noUTF8.writeString("\"}")
            _ = try bad.merge(noUTF8)
            try good.report(#"{"switch":"on"}"#)
            rig.writer.storeLater(bad)
            rig.writer.storeLater(good)

            try await rig.run {}

            #expect(try await rig.stored(good) == #"{"switch":"on"}"#)
            #expect(try await rig.stored(bad) == "{}")
        }
    }

    @Test("A graceful stop writes everything that is queued")
    func flushesAtEnd() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let (device, deleted) = (try await rig.addDevice("1"), try await rig.addDevice("2"))
            try await store.removeDevice(deleted.id, at: sampleTime)
            try await rig.run {
                try device.report(#"{"switch":"on"}"#)
                rig.writer.storeLater(device)
                device.update { $0.facts.romVersion = "3.5.0" }
                rig.writer.storeFacts(of: device)
                rig.writer.storeTimesTold(2, of: deleted.id)
            }

            #expect(try await rig.stored(device) == #"{"switch":"on"}"#)
            #expect(try await store.devices().map(\.0.facts.romVersion) == ["3.5.0"])
            #expect(try await store.deletedDevices().map(\.timesTold) == [2])
        }
    }

    @Test("Reports that come with the stop are stored and told of")
    func answersAtEnd() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let device = try await rig.addDevice()
            try await rig.run {
                for ticket in 1...20 {
                    try device.report("{\"count\":\(ticket)}")
                    rig.writer.store(reportOf: device, from: link, ticket: UInt64(ticket))
                }
            }

            #expect(link.stored.count == 20)
            #expect(link.stored.values.allSatisfy { $0 })
            #expect(try await rig.stored(device) == #"{"count":20}"#)
        }
    }

    @Test("A removed device is left out, and its waiting reports are answered")
    func leavesOutRemoved() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let device = try await rig.addDevice()
            let registry = DeviceRegistry()
            registry.insert(device)
            try await rig.run {
                try device.report(#"{"switch":"on"}"#)
                try await store.removeDevice(device.id, at: sampleTime)
                registry.remove(
                    device.id,
                    leaving: .sample(device.id)
                )
                rig.writer.store(reportOf: device, from: link, ticket: 1)
                rig.writer.storeFacts(of: device)

                #expect(try await rig.nextNotices() == [1: true])
            }

            #expect(try await store.devices().isEmpty)
        }
    }

    @Test("Facts that a device teaches do not take back a name that its owner gives meanwhile")
    func keepsName() async throws {
        try await withTemporaryStore { store in
            let rig = try await StateWriterRig(store: store)
            let device = try await rig.addDevice()
            // As it stands when the owner's change is in the store and not yet in memory.
            try await store.changeDevice(device.id, DeviceChange(name: "Kitchen", chipID: "C1"))
            device.update { $0.facts.romVersion = "3.5.0" }
            rig.writer.storeFacts(of: device)

            try await rig.run {}

            let stored = try await store.devices().map(\.0)
            #expect(stored.map(\.name) == ["Kitchen"])
            #expect(stored.map(\.facts.chipID) == ["C1"])
            #expect(stored.map(\.facts.romVersion) == ["3.5.0"])
        }
    }
}
