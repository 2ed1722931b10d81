import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Store of messages")
struct MessageStoreTests {
    private func message(
        _ number: Int,
        to account: Account,
        _ kind: AccountMessage.Kind = .opsNotify,
        at time: UnixTime? = nil
    ) throws -> AccountMessage {
        AccountMessage(
            id: try .sample(number),
            account: account.id,
            kind: kind,
            device: DeviceID(unchecked: "1000000001"),
            content: ["deviceName": "Lampe ü", "params": ["big": 12_345_678_901], "number": JSON(number)],
            date: time ?? sampleTime.advanced(by: .seconds(number))
        )
    }

    private func append(_ messages: [AccountMessage], _ store: any Store) async throws {
        try await store.appendMessages(messages, keeping: 100)
    }

    @Test("Messages come back newest first, each account's own", arguments: StoreImplementation.allCases)
    func stores(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            let kinds = AccountMessage.Kind.allCases
            let own = try kinds.indices.map { try message(10 + 10 * $0, to: ann, kinds[$0]) }
            let other = try message(15, to: bob)
            try await append([own[0], other] + own[1...], store)

            let newest = Array(own.reversed())
            #expect(try await store.messages(of: ann.id, MessageQuery(limit: 100)) == newest)
            #expect(try await store.messages(of: bob.id, MessageQuery(limit: 100)) == [other])
            #expect(try await store.messages(of: ann.id, MessageQuery(limit: 2)) == Array(newest.prefix(2)))
            let earlier = MessageQuery(before: newest[1].date, limit: 1)
            #expect(try await store.messages(of: ann.id, earlier) == [newest[2]])
        }
    }

    @Test(
        "Messages of one moment get times of their own, so that pages lose none",
        arguments: StoreImplementation.allCases
    )
    func keepsTimesApart(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            try await append(try (1...5).map { try message($0, to: ann, at: sampleTime) }, store)

            var pages: [Int] = []
            var query = MessageQuery(limit: 2)
            while case let page = try await store.messages(of: ann.id, query), let last = page.last {
                pages += page.compactMap { $0.content["number"]?.intValue }
                query.before = last.date
            }
            #expect(pages == [5, 4, 3, 2, 1])
            // The clock was put back by more than a second: the new time counts.
            let back = sampleTime.advanced(by: .seconds(-10))
            try await append([try message(6, to: ann, at: back)], store)
            #expect(try await store.messages(of: ann.id, MessageQuery(limit: 1)).map(\.date) == [back])
        }
    }

    @Test("Messages of a home are all but those about devices of another one", arguments: StoreImplementation.allCases)
    func filtersByHome(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let ann = try await store.addAccount(1)
            let device = try await store.addDevice(1, owner: ann)
            let first = try required(try await store.homes(of: ann.id).first)
            let second = try await store.createHome(
                Home(id: .random(at: sampleTime), account: ann.id, name: "Cabin", createdAt: sampleTime),
                at: .back,
                limits: HomeLimits(homes: 9)
            )
            let own = try message(1, to: ann)
            let general = AccountMessage(
                id: try .sample(2),
                account: ann.id,
                kind: .cancelShareNotify,
                device: DeviceID(unchecked: "gone"),
                content: [:],
                date: sampleTime.advanced(by: .seconds(2))
            )
            try await append([own, general], store)

            #expect(device.id == own.device)
            #expect(try await store.messages(of: ann.id, MessageQuery(home: first.id, limit: 9)) == [general, own])
            #expect(try await store.messages(of: ann.id, MessageQuery(home: second.id, limit: 9)) == [general])
            #expect(try await store.messages(of: ann.id, MessageQuery(limit: 9)) == [general, own])
        }
    }

    @Test("The oldest of an account go for new ones, and all with the account", arguments: StoreImplementation.allCases)
    func isBounded(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (ann, bob) = (try await store.addAccount(1), try await store.addAccount(2))
            try await store.appendMessages([try message(1, to: bob)], keeping: 3)
            for number in 1...7 { try await store.appendMessages([try message(number, to: ann)], keeping: 3) }

            let kept = try await store.messages(of: ann.id, MessageQuery(limit: 100))
            #expect(kept.compactMap { $0.content["number"]?.intValue } == [7, 6, 5])
            #expect(try await store.messages(of: bob.id, MessageQuery(limit: 100)).count == 1)

            _ = try await store.removeAccount(ann.id, at: sampleTime)
            try await append([try message(8, to: ann), try message(9, to: bob)], store)
            #expect(try await store.messages(of: ann.id, MessageQuery(limit: 100)).isEmpty)
            #expect(try await store.messages(of: bob.id, MessageQuery(limit: 100)).count == 2)
        }
    }
}
