import CoolkitWire
import NIOCore
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// What an account can do to others with shares.
@Suite("Shares of somebody who means ill")
struct ShareAbuseTests {
    @Test("Asking after accounts is bounded, in each of the ways, and an hour forgives")
    func oracle() async throws {
        try await withShareRig { rig in
            let allowed = ShareRates.questions.burst
            for number in 0..<allowed {
                try rig.submit(
                    .updateShare,
                    uid: number == 0 ? Account.stranger.identifier.description : "x\(number)@example.org"
                )
                try await waitFor(number + 1, in: rig.ledger)
            }
            #expect(rig.ledger.all.count { $0.hasSuffix("userNotFound") } == allowed - 1)
            #expect(rig.ledger.all.first?.hasSuffix("refused") == true)

            var answers = allowed
            for kind in [ShareOrder.Kind.updateShare, .share] {
                for uid in ["x@example.org", Account.stranger.identifier.description] {
                    let number = try rig.submit(kind, uid: uid)
                    answers += 1
                    try await waitFor(answers, in: rig.ledger)
                    #expect(rig.ledger.all.last == "\(number) busy", "\(kind) \(uid)")
                }
            }
            let terms = try ShareTermsChange(permit: 0)
            for identifier in [Account.receiver.identifier, .email("x@example.org")] {
                await expect(.busy) {
                    try await rig.desk.share([.sample], of: Account.owner.id, with: identifier, terms)
                }
            }
            rig.clocks.advance(by: .seconds(60))
            try await rig.desk.share([.sample], of: Account.owner.id, with: Account.receiver.identifier, terms)
        }
    }

    @Test("The accounts take turns in the queue, and nobody is refused for what others have in it")
    func queue() {
        let queue = ShareQueue<String>()
        let (busy, quiet) = (Account.stranger.id, Account.owner.id)
        let limit = ShareQueue<String>.limitPerAccount

        let added = (0..<3 * limit).count { queue.add("busy \($0)", of: busy) }
        #expect(added == limit)
        #expect(queue.add("busy cancels", of: busy, endsAccess: true))
        #expect(queue.add("first", of: quiet))
        #expect(queue.add("second", of: quiet))

        #expect((0..<4).map { _ in queue.take() } == ["busy 0", "first", "busy 1", "second"])
        queue.finish()
        #expect(!queue.add("late", of: quiet))
        #expect((2..<limit).allSatisfy { queue.take() == "busy \($0)" })
        #expect(queue.take() == "busy cancels")
        #expect(queue.take() == nil)
    }

    @Test("A queue that many accounts have filled still takes what ends a share")
    func fullQueue() {
        let queue = ShareQueue<Int>()
        let accounts = ShareQueue<Int>.limit / ShareQueue<Int>.limitPerAccount
        for _ in 0..<accounts {
            let account = AccountID(.random(at: sampleTime))
            for number in 0..<ShareQueue<Int>.limitPerAccount { #expect(queue.add(number, of: account)) }
        }

        #expect(!queue.add(1, of: Account.owner.id))
        #expect(queue.add(1, of: Account.owner.id, endsAccess: true))
    }

    @Test("Shares without consent leave room for those with it, and one owner's for those of others")
    func room() async throws {
        try await withShareRig(.changed { $0.maximumSharesPerAccount = 8 }) { rig in
            let terms = try ShareTermsChange(permit: 0)
            let ids = (0..<6).map { DeviceID(unchecked: "100000000\($0)") }
            for id in ids { try await rig.add(id) }
            func give(_ id: DeviceID) async throws {
                try await rig.desk.share([id], of: Account.owner.id, with: Account.receiver.identifier, terms)
            }

            try await give(ids[0])
            try await give(ids[1])
            await expect(.busy) { try await give(ids[2]) }

            _ = try await rig.service.add(.sample(of: ids[3]))
            #expect(rig.registry.devices(sharedWith: Account.receiver.id).count == 3)
        }
    }

    @Test("New shares without consent are bounded by the hour, for who makes and for who gets them")
    func rates() throws {
        let clocks = ManualClocks()
        let rates = ShareRates(clock: clocks.monotonic)
        let (owner, receiver) = (Account.owner.id, Account.receiver.id)

        for _ in 0..<ShareRates.received.burst { try rates.give(to: receiver, by: owner, isStranger: true) }
        #expect(throws: SwitchyardError.self) {
            try rates.give(to: receiver, by: Account.stranger.id, isStranger: true)
        }
        let left = ShareRates.given.burst - ShareRates.received.burst
        for _ in 0..<left { try rates.give(to: receiver, by: owner, isStranger: false) }
        #expect(throws: SwitchyardError.self) { try rates.give(to: receiver, by: owner, isStranger: false) }
        clocks.advance(by: .seconds(40))
        try rates.give(to: receiver, by: owner, isStranger: true)
        // One that has not come about leaves room for the next try.
        #expect(throws: SwitchyardError.self) { try rates.give(to: receiver, by: owner, isStranger: true) }
        rates.takeBack(from: receiver, by: owner, isStranger: true)
        try rates.give(to: receiver, by: owner, isStranger: true)
    }
}
