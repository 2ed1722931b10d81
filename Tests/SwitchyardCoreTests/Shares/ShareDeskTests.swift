import CoolkitWire
import NIOCore
import SwitchyardSQLite
import TestRandom
import Testing

@testable import SwitchyardCore

/// Source of the rules: `coolkit-websocket.md` §10.
@Suite("Share desk")
struct ShareDeskTests {
    @Test("An accepted share is in the store before its owner hears of it")
    func committedFirst() async throws {
        try await withShareRig { rig in
            let number = try rig.submit()
            try await waitFor(1, in: rig.ledger)

            rig.decide(number, accepts: true)
            try await waitFor(2, in: rig.ledger)

            #expect(rig.ledger.all == ["share to \(Account.receiver.id)", "\(number) done"])
            #expect(try await rig.store.shares().map(\.terms.permit) == [.all])
        }
    }

    @Test("An accepted share that cannot be stored is an error for the owner, and there is none")
    func storeRefuses() async throws {
        try await withTemporaryStore { store in
            let rig = ShareRig(store: store)
            try await rig.prepare()
            let number = try rig.submit()
            let desk = Task { try await rig.desk.run() }  // ended below
            try await waitFor(1, in: rig.ledger)
            try await store.close()

            rig.decide(number, accepts: true)
            try await waitFor(2, in: rig.ledger)

            #expect(rig.ledger.all.last == "\(number) storageFailed")
            #expect(rig.registry.device(.sample)?.shares == [])
            desk.cancel()
            try await desk.value
        }
    }

    @Test(
        "Who is no account of the owner's region is not found",
        arguments: ["foreigner@example.com", "nobody@example.com", "+49", "", "Bob"]
    )
    func unknownReceivers(uid: String) async throws {
        try await withShareRig { rig in
            for kind in [ShareOrder.Kind.share, .updateShare] {
                let number = try rig.submit(kind, uid: uid)
                try await waitFor(kind == .share ? 1 : 2, in: rig.ledger)

                #expect(rig.ledger.all.last == "\(number) userNotFound")
            }
        }
    }

    @Test("A request ends exactly once, whatever comes together", arguments: 1...10)
    func exactlyOnce(seed: UInt64) async throws {
        try await withShareRig(.changed { $0.maximumPendingSharesPerAccount = 50 }) { rig in
            var random = SeededGenerator(seed: seed)
            let numbers = try (0..<20).map { _ in try rig.submit() }
            try await waitFor(20, in: rig.ledger)

            await withTaskGroup { group in
                for number in numbers.shuffled(using: &random) {
                    group.addTask { rig.decide(number, accepts: true) }
                    group.addTask { rig.decide(number, accepts: false) }
                    group.addTask { rig.desk.expire(number) }
                }
            }
            try await waitFor(40, in: rig.ledger)

            let ends = rig.ledger.all.filter { !$0.hasPrefix("share to") }.map { $0.prefix { $0 != " " } }
            #expect(ends.sorted() == numbers.map { "\($0)"[...] }.sorted())
            #expect(rig.desk.pendingRequests == 0)
            #expect(try await rig.store.shares().count <= 1)
        }
    }

    @Test("A yes behind the owner's cancelling changes nothing", arguments: 1...5)
    func cancelledFirst(round: Int) async throws {
        try await withShareRig { rig in
            let number = try rig.submit()
            try await waitFor(1, in: rig.ledger)

            let cancelling = try rig.submit(.cancelShare)
            rig.decide(number, accepts: true)
            try await waitFor(4, in: rig.ledger)

            #expect(
                rig.ledger.all.dropFirst() == [
                    "cancelShare to \(Account.receiver.id)", "\(number) deviceTimeout", "\(cancelling) done",
                ]
            )
            #expect(try await rig.store.shares().isEmpty)
        }
    }

    @Test("A yes before the owner's cancelling is stored, and then cancelled")
    func agreedFirst() async throws {
        try await withShareRig { rig in
            let number = try rig.submit()
            try await waitFor(1, in: rig.ledger)

            rig.decide(number, accepts: true)
            let cancelling = try rig.submit(.cancelShare)
            try await waitFor(4, in: rig.ledger)

            #expect(
                rig.ledger.all.dropFirst() == [
                    "\(number) done", "cancelShare to \(Account.receiver.id)", "\(cancelling) done",
                ]
            )
            #expect(try await rig.store.shares().isEmpty)
        }
    }

    @Test("A withdrawn request is nobody's: no answer, no share")
    func withdrawn() async throws {
        try await withShareRig { rig in
            let number = try rig.submit()
            try await waitFor(1, in: rig.ledger)

            rig.desk.withdraw([number])
            rig.decide(number, accepts: true)
            rig.desk.expire(number)
            let marker = try rig.submit(.cancelShare, uid: "x")
            try await waitFor(2, in: rig.ledger)

            #expect(rig.ledger.all.last == "\(marker) done")
            #expect(try await rig.store.shares().isEmpty)
        }
    }

    @Test("An account has no more undecided requests than it may; an ended one makes room")
    func bounded() async throws {
        try await withShareRig(.changed { $0.maximumPendingSharesPerAccount = 2 }) { rig in
            let numbers = try (0..<3).map { _ in try rig.submit() }
            try await waitFor(3, in: rig.ledger)

            #expect(rig.ledger.all.contains("\(numbers[2]) busy"))
            #expect(rig.desk.pendingRequests == 2)
            rig.decide(numbers[0], accepts: false)
            let next = try rig.submit()
            try await waitFor(5, in: rig.ledger)
            #expect(rig.ledger.all.suffix(2) == ["\(numbers[0]) refused", "share to \(Account.receiver.id)"])
            #expect(next > numbers[2])
        }
    }

    @Test("A desk that has stopped refuses what comes")
    func stopped() async throws {
        try await withTemporaryStore { store in
            let rig = ShareRig(store: store)
            try await rig.prepare()
            let desk = Task { try await rig.desk.run() }
            desk.cancel()
            try await desk.value

            let number = try rig.submit(.updateShare)

            #expect(rig.ledger.all == ["\(number) busy"])
        }
    }

    @Test("Requests end with their device and with their receiver")
    func endings() async throws {
        try await withShareRig { rig in
            let other = DeviceID(unchecked: "1000000002")
            try await rig.add(other)
            let first = try rig.submit()
            let second = try rig.submit(of: other)
            try await waitFor(2, in: rig.ledger)

            _ = try await rig.devices.remove(other, by: Account.owner.id)
            try await rig.accounts.remove(Account.receiver.id)

            #expect(rig.ledger.all.suffix(2) == ["\(second) forbidden", "\(first) userNotFound"])
            #expect(rig.desk.pendingRequests == 0)
        }
    }
}
