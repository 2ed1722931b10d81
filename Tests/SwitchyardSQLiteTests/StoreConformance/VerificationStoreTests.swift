import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Verification store")
struct VerificationStoreTests {
    private static let address = AccountIdentifier.email("ann@example.org")
    private static let limits = VerificationLimits(perAddressAndHour: 1_000)

    private func claim(_ text: String, _ purpose: CodePurpose = .register) -> CodeClaim {
        CodeClaim(destination: Self.address, purpose: purpose, text: text)
    }

    /// Enters a code as if it had been sent so long after `sampleTime`.
    @discardableResult
    private func enter(
        _ text: String,
        _ purpose: CodePurpose = .register,
        after delay: Duration = .zero,
        to destination: AccountIdentifier = address,
        from peer: String = "192.0.2.1",
        within limits: VerificationLimits = limits,
        into store: any Store
    ) async throws -> Bool {
        let code = VerificationCode(text, for: destination, purpose: purpose, at: sampleTime.advanced(by: delay))
        return try await store.enterCode(code, from: PeerNetwork(of: peer), within: limits) == .entered
    }

    @Test(
        "A code is right for its address and purpose, until its life is over",
        arguments: StoreImplementation.allCases
    )
    func checksCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            try await enter("123456", into: store)
            let end = sampleTime.advanced(by: .seconds(600))

            #expect(try await store.checkCode(claim("123456"), at: sampleTime))
            #expect(try await store.checkCode(claim("123456"), at: end.advanced(by: .milliseconds(-1))))
            #expect(try await !store.checkCode(claim("123456"), at: end))
            #expect(try await !store.checkCode(claim("123456", .resetPassword), at: sampleTime))
            #expect(try await !store.checkCode(claim("12345"), at: sampleTime))
            #expect(try await !store.checkCode(claim(""), at: sampleTime))
        }
    }

    @Test("A newer code takes the place of the older one of its purpose alone", arguments: StoreImplementation.allCases)
    func replacesCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            try await enter("111111", into: store)
            try await enter("222222", .resetPassword, into: store)
            try await enter("333333", into: store)

            #expect(try await !store.checkCode(claim("111111"), at: sampleTime))
            #expect(try await store.checkCode(claim("222222", .resetPassword), at: sampleTime))
            #expect(try await store.checkCode(claim("333333"), at: sampleTime))
        }
    }

    @Test(
        "After five wrong attempts the right code is worth nothing; a new code begins anew",
        arguments: StoreImplementation.allCases
    )
    func countsAttempts(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            try await enter("123456", into: store)
            for _ in 0..<4 { #expect(try await !store.checkCode(claim("000000"), at: sampleTime)) }
            #expect(try await store.checkCode(claim("123456"), at: sampleTime))
            #expect(try await !store.checkCode(claim("000000"), at: sampleTime))

            #expect(try await !store.checkCode(claim("123456"), at: sampleTime))
            let account = try Account.sample(1, identifier: Self.address)
            await expect(.codeWrong) {
                try await store.createAccount(account, passwordHash: "$", redeeming: claim("123456"), at: sampleTime)
            }
            try await enter("654321", into: store)
            #expect(try await store.checkCode(claim("654321"), at: sampleTime))
        }
    }

    @Test("A code makes one account; where that is refused the code stays", arguments: StoreImplementation.allCases)
    func redeemsForAccounts(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let taken = try await store.addAccount(2)
            let account = try Account.sample(1, identifier: Self.address)
            let twin = Account(
                id: account.id,
                apiKey: taken.apiKey,
                identifier: Self.address,
                region: "eu",
                createdAt: sampleTime
            )
            try await enter("123456", into: store)

            for (candidate, text, code) in [
                (account, "000000", SwitchyardError.Code.codeWrong), (twin, "123456", .alreadyExists),
            ] {
                await expect(code) {
                    try await store.createAccount(
                        candidate,
                        passwordHash: "$scrypt$1",
                        redeeming: claim(text),
                        at: sampleTime
                    )
                }
                #expect(try await store.accounts() == [taken])
            }
            try await store.createAccount(
                account,
                passwordHash: "$scrypt$1",
                redeeming: claim("123456"),
                at: sampleTime
            )

            #expect(try await store.account(identifiedBy: Self.address)?.passwordHash == "$scrypt$1")
            #expect(try await !store.checkCode(claim("123456"), at: sampleTime))
        }
    }

    @Test("A code sets one password, which ends all tokens", arguments: StoreImplementation.allCases)
    func redeemsForPasswords(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (account, application) = (try await store.addAccount(1), try await store.addApplication(1))
            let tokens = try TokenRecord.sample(1, account: account, application: application)
            try await store.addTokens(tokens)
            try await enter("123456", .resetPassword, into: store)
            func reset(_ text: String, _ id: AccountID, _ hash: String) async throws(SwitchyardError) -> [TokenHash] {
                try await store.setPasswordHash(hash, of: id, redeeming: claim(text, .resetPassword), at: sampleTime)
            }

            let nobody = AccountID(try .sample(9))
            await expect(.codeWrong) { _ = try await reset("000000", account.id, "$scrypt$a") }
            await expect(.accountNotFound) { _ = try await reset("123456", nobody, "$scrypt$a") }
            #expect(try await store.liveTokens(at: sampleTime) == [tokens])
            #expect(try await reset("123456", account.id, "$scrypt$b") == [tokens.accessHash])
            await expect(.codeWrong) { _ = try await reset("123456", account.id, "$scrypt$c") }

            #expect(try await store.account(identifiedBy: account.identifier)?.passwordHash == "$scrypt$b")
            #expect(try await store.liveTokens(at: sampleTime).isEmpty)
        }
    }

    @Test(
        "Codes to one address are limited to 3 a minute, 20 an hour and 100 a day",
        arguments: StoreImplementation.allCases,
        [(3, Duration.seconds(60)), (20, .seconds(3_600)), (100, .days(1))]
    )
    func limitsDestinations(implementation: StoreImplementation, limit: (count: Int, window: Duration)) async throws {
        try await implementation.withStore { store in
            try await expectLimit(limit.count, per: limit.window, in: store)
        }
    }

    private func expectLimit(_ count: Int, per window: Duration, in store: any Store) async throws {
        // Spread evenly over the window, so that no shorter one is exhausted.
        let step: Duration = window / count
        for number in 0..<count {
            #expect(try await enter("111111", after: step * number, into: store))
        }
        let last: Duration = window - .milliseconds(1)

        #expect(try await !enter("222222", .resetPassword, after: last, into: store))
        #expect(try await !store.checkCode(claim("222222", .resetPassword), at: sampleTime.advanced(by: last)))
        #expect(try await enter("222222", after: last, to: .phone("+4912345"), into: store))
        #expect(try await enter("333333", after: window, into: store))
    }

    @Test("Codes asked for from one address are limited per hour", arguments: StoreImplementation.allCases)
    func limitsAddresses(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let first = try await ask(1, after: .zero, store)

            #expect(first)
            #expect(try await ask(2, after: .seconds(1), store))
            #expect(try await !ask(3, after: .seconds(3_599), store))
            #expect(try await ask(3, after: .seconds(3_599), from: "2001:db8::1", store))
            #expect(try await ask(3, after: .seconds(3_600), store))
        }
    }

    @Test(
        "The networks of one IPv6 site ask for four times as many as an address, and no other site for fewer",
        arguments: StoreImplementation.allCases
    )
    func limitsSites(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let limits = VerificationLimits(perAddressAndHour: 2, inAllPerDay: 10)
            var entered: [Int] = []
            for number in 1...12 {
                let network = "2001:db8:1:\(String(number, radix: 16))::1"
                if try await ask(number, after: .zero, from: network, within: limits, store) { entered.append(number) }
            }

            #expect(entered == Array(1...8))
            #expect(try await ask(20, after: .zero, from: "2001:db8:10::1", within: limits, store))
            #expect(try await ask(21, after: .zero, from: "192.0.2.1", within: limits, store))
            #expect(try await !ask(22, after: .zero, from: "192.0.2.2", within: limits, store), "in all")
        }
    }

    @Test("Whether it was too many of one, or too many in all, is told", arguments: StoreImplementation.allCases)
    func tellsReasons(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            func enter(_ number: Int, from address: String) async throws -> CodeEntry {
                let code = VerificationCode(
                    "1",
                    for: .email("person\(number)@example.org"),
                    purpose: .register,
                    at: sampleTime
                )
                let limits = VerificationLimits(perAddressAndHour: 1, inAllPerDay: 2)
                return try await store.enterCode(code, from: PeerNetwork(of: address), within: limits)
            }

            let first = try await enter(1, from: "192.0.2.1")
            let again = try await enter(2, from: "192.0.2.1")
            let second = try await enter(3, from: "192.0.2.2")
            let third = try await enter(4, from: "192.0.2.3")

            #expect([first, again, second, third] == [.entered, .tooOften, .entered, .tooManyInAll])
        }
    }

    @Test("Codes are limited in all per day", arguments: StoreImplementation.allCases)
    func limitsAll(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let limits = VerificationLimits(perAddressAndHour: 1_000, inAllPerDay: 2)
            let first = try await ask(1, after: .zero, within: limits, store)

            #expect(first)
            #expect(try await ask(2, after: .seconds(1), from: "192.0.2.2", within: limits, store))
            #expect(try await !ask(3, after: .seconds(86_399), from: "192.0.2.3", within: limits, store))
            #expect(try await ask(3, after: .seconds(86_400), within: limits, store))
        }
    }

    /// Asks for a code where an address may ask for two.
    private func ask(
        _ number: Int,
        after delay: Duration,
        from peer: String = "192.0.2.1",
        within limits: VerificationLimits = VerificationLimits(perAddressAndHour: 2),
        _ store: any Store
    ) async throws -> Bool {
        try await enter(
            "111111",
            after: delay,
            to: .email("person\(number)@example.org"),
            from: peer,
            within: limits,
            into: store
        )
    }

    @Test("What is old is dropped, and nothing else", arguments: StoreImplementation.allCases)
    func dropsOldCodes(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            for number in 0..<3 { try await enter("\(number)", after: .seconds(number), into: store) }

            try await store.removeCodes(before: sampleTime.advanced(by: .seconds(2)))

            #expect(try await store.checkCode(claim("2"), at: sampleTime.advanced(by: .seconds(2))))
            // Two of the minute are forgotten, so two more may be sent.
            for text in ["3", "4"] { #expect(try await enter(text, after: .seconds(3), into: store)) }
            #expect(try await !enter("5", after: .seconds(3), into: store))
        }
    }

    @Test(
        "A code logs in or removes an account once; a change that is refused leaves it",
        arguments: StoreImplementation.allCases
    )
    func redeemsWithAccounts(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            let (account, application) = (try await store.addAccount(1), try await store.addApplication(1))
            func logIn(_ number: Int, _ text: String, of account: Account = account) async throws -> [TokenHash] {
                let pair = try TokenRecord.sample(number, account: account, application: application)
                return try await store.issueTokens(
                    pair,
                    ending: .account,
                    limit: 9,
                    redeeming: claim(text, .weChat)
                )
            }
            try await enter("123456", .weChat, into: store)
            try await enter("654321", .deleteAccount, into: store)
            let deletion = claim("654321", .deleteAccount)

            await expect(.codeWrong) { _ = try await logIn(1, "654321") }
            await expect(.accountNotFound) { _ = try await logIn(1, "123456", of: .sample(9)) }
            #expect(try await logIn(1, "123456") == [])
            await expect(.codeWrong) { _ = try await logIn(2, "123456") }
            #expect(try await store.liveTokens(at: sampleTime).count == 1)

            await expect(.accountNotFound) {
                _ = try await store.removeAccount(AccountID(.sample(9)), redeeming: deletion, at: sampleTime)
            }
            await expect(.codeWrong) {
                _ = try await store.removeAccount(account.id, redeeming: claim("1", .deleteAccount), at: sampleTime)
            }
            #expect(try await store.accounts() == [account])
            let dead = try await store.removeAccount(account.id, redeeming: deletion, at: sampleTime)
            #expect(dead == [TokenHash(of: "access 1")])
            #expect(try await store.accounts().isEmpty)
            #expect(try await !store.checkCode(deletion, at: sampleTime))
        }
    }

    @Test("The outbox keeps the newest messages of a time, newest first", arguments: StoreImplementation.allCases)
    func keepsOutbox(implementation: StoreImplementation) async throws {
        try await implementation.withStore { store in
            func add(_ numbers: ClosedRange<Int>, since: Int = 0) async throws {
                for number in numbers {
                    try await store.addToOutbox(
                        message(number),
                        keeping: 3,
                        since: sampleTime.advanced(by: .seconds(since))
                    )
                }
            }

            try await add(1...5)
            #expect(try await store.outbox(since: sampleTime) == [message(5), message(4), message(3)])
            #expect(try await store.outbox(since: sampleTime.advanced(by: .seconds(5))) == [message(5)])
            try await add(6...6, since: 5)
            #expect(try await store.outbox(since: sampleTime) == [message(6), message(5)])
            try await store.removeFromOutbox(before: sampleTime.advanced(by: .seconds(6)))
            #expect(try await store.outbox(since: sampleTime) == [message(6)])
            try await store.clearOutbox()
            #expect(try await store.outbox(since: sampleTime).isEmpty)
            try await add(7...7)
            #expect(try await store.outbox(since: sampleTime) == [message(7)])
        }
    }

    private func message(_ number: Int) -> OutboxMessage {
        OutboxMessage(
            destination: "person\(number)@example.org",
            purpose: .weChat,
            code: "00000\(number)",
            text: "Ihr Code, 验证码",
            createdAt: sampleTime.advanced(by: .seconds(number))
        )
    }
}
