import CoolkitWire
import InMemoryLogging
import Logging
import SwitchyardCore
import SwitchyardSQLite
import Testing

@Suite("Verification codes")
struct VerificationServiceTests {
    private static let ann = AccountIdentifier.email("ann@example.org")
    private static let client = LoginClient(appID: AccountRig.app, address: "192.0.2.1")

    private func send(
        _ purpose: CodePurpose,
        to destination: AccountIdentifier = ann,
        in rig: AccountRig,
        from address: String = "192.0.2.1",
        _ language: Language? = nil
    ) async throws -> String {
        try await rig.verification.sendCode(
            CodeRequest(purpose: purpose, destination: destination, address: address, language: language)
        )
        return try await rig.verification.outbox.messages().first?.code ?? ""
    }

    private func request(_ code: String, password: String = "new horse") -> VerifiedRequest {
        VerifiedRequest(identifier: Self.ann, code: code, password: password, client: Self.client)
    }

    @Test("A code has six digits and waits in the outbox, in the language that is asked for")
    func sends() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)

            let first = try await send(.register, in: rig)
            let second = try await send(.register, in: rig, .chinese)

            #expect(first.wholeMatch(of: /[0-9]{6}/) != nil)
            let messages = try await rig.verification.outbox.messages()
            #expect(messages.map(\.code) == [second, first])
            #expect(messages.map(\.destination) == ["ann@example.org", "ann@example.org"])
            #expect(messages[0].text.hasPrefix("您的验证码是 \(second)。"))
            #expect(messages[1].text.hasPrefix("Your verification code is \(first).\n"))
            rig.clocks.advance(by: .days(1) + .seconds(1))
            #expect(try await rig.verification.outbox.messages().isEmpty)
        }
    }

    @Test("When nobody gets a code any more the log warns, once an hour and never for one that asks too often")
    func warns() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let log = InMemoryLogHandler()
            let service = VerificationService(
                store: store,
                mail: nil,
                accounts: rig.accounts,
                limits: VerificationLimits(perAddressAndHour: 2, inAllPerDay: 3),
                settings: ProtocolSettings(),
                clock: rig.clocks.wall,
                logger: Logger(label: "test") { _ in log }
            )
            func ask(_ number: Int, from address: String) async -> Bool {
                let request = CodeRequest(
                    purpose: .register,
                    destination: .email("person\(number)@example.org"),
                    address: address
                )
                do { try await service.sendCode(request) } catch { return false }
                return true
            }

            let entered = [
                await ask(1, from: "192.0.2.1"), await ask(2, from: "192.0.2.1"), await ask(3, from: "192.0.2.1"),
            ]
            #expect(entered == [true, true, false])
            #expect(log.entries.count { $0.level == .warning } == 0)
            _ = await ask(4, from: "192.0.2.2")
            for number in 5...7 { _ = await ask(number, from: "192.0.2.\(number)") }
            #expect(log.entries.count { $0.level == .warning } == 1)
            rig.clocks.advance(by: .seconds(3_600))
            _ = await ask(8, from: "192.0.2.8")
            #expect(log.entries.count { $0.level == .warning } == 2)
        }
    }

    @Test("Whoever has an account is written to in its language; a Chinese server speaks Chinese")
    func speaks() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: .changed { $0.region = "cn" })
            let number = AccountIdentifier.phone("+8613800000000")
            _ = try await send(.register, to: number, in: rig)
            _ = try await rig.accounts.create(Self.ann, password: "old horse", region: "eu")
            _ = try await send(.resetPassword, in: rig)

            let texts = try await rig.verification.outbox.messages().map(\.text)

            #expect(texts.map { $0.hasPrefix("Your") } == [true, false])
        }
    }

    @Test(
        "A code for an account that exists, or does not, is asked for in vain",
        arguments: [
            (CodePurpose.register, true, SwitchyardError.Code.alreadyExists),
            (.resetPassword, false, .addresseeUnknown), (.deleteAccount, false, .addresseeUnknown),
        ]
    )
    func existence(purpose: CodePurpose, exists: Bool, code: SwitchyardError.Code) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            if exists { _ = try await rig.accounts.create(Self.ann, password: "old horse") }

            await expect(code) { _ = try await send(purpose, in: rig) }

            #expect(try await rig.verification.outbox.messages().isEmpty)
            #expect(try await send(.weChat, in: rig) != "")
        }
    }

    @Test(
        "A new account has the kind of identifier of its region, unless either is allowed",
        arguments: [("cn", [false, true]), ("as", [true, true]), ("eu", [true, false]), ("us", [true, false])]
    )
    func identifiers(region: String, allowed: [Bool]) async throws {
        let identifiers = [Self.ann, .phone("+4912345678")]
        for rule in RegionIdentifiers.allCases {
            let results = identifiers.map { identifier in
                // The error is the answer.
                (try? rule.check(identifier, in: region)) != nil
            }
            #expect(results == (rule == .any ? [true, true] : allowed))
        }
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store, settings: .changed { $0.region = region })
            for (identifier, isAllowed) in zip(identifiers, allowed) where !isAllowed {
                await expect(.invalidInput) { _ = try await send(.register, to: identifier, in: rig) }
                let request = VerifiedRequest(
                    identifier: identifier,
                    code: "1",
                    password: "new horse",
                    client: Self.client
                )
                await expect(.invalidInput) { _ = try await rig.accounts.register(request) }
            }
        }
    }

    @Test("Too many codes are refused, also after a restart")
    func limits() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            for _ in 0..<3 { _ = try await send(.register, in: rig) }
            let restarted = AccountRig(store: store, clocks: rig.clocks)

            await expect(.codeAskedTooOften) { _ = try await send(.register, in: restarted) }

            rig.clocks.advance(by: .seconds(61))
            _ = try await send(.register, in: restarted)
        }
    }

    @Test("With its code an account is made and logged in, once, and known after a restart")
    func registers() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let code = try await send(.register, in: rig)
            let wrong = code == "000000" ? "000001" : "000000"

            await expect(.codeWrong) { _ = try await rig.accounts.register(request(wrong)) }
            await expect(.invalidInput) { _ = try await rig.accounts.register(request(code, password: "short")) }
            let login = try await AccountRig(store: store, tokens: rig.tokens, clocks: rig.clocks).accounts
                .register(request(code))

            #expect(rig.fault(of: login.tokens) == nil)
            #expect(login.account.identifier == Self.ann)
            #expect(login.account.language == .english)
            #expect(try await store.account(login.account.id)?.lastLogin?.address == "192.0.2.1")
            await expect(.codeWrong) { _ = try await rig.accounts.register(request(code)) }
            _ = try await rig.accounts.logIn(Self.ann, password: "new horse", client: Self.client)
        }
    }

    @Test("Wrong codes are counted through a restart: after five the right one is refused")
    func attempts() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let code = try await send(.register, in: rig)
            for _ in 0..<3 { await expect(.codeWrong) { _ = try await rig.accounts.register(request("x")) } }
            let restarted = AccountRig(store: store, clocks: rig.clocks)
            for _ in 0..<2 { await expect(.codeWrong) { _ = try await restarted.accounts.register(request("x")) } }

            await expect(.codeWrong) { _ = try await restarted.accounts.register(request(code)) }
        }
    }

    @Test("A code is over after ten minutes")
    func expires() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let code = try await send(.register, in: rig)

            rig.clocks.advance(by: .seconds(600))

            await expect(.codeWrong) { _ = try await rig.accounts.register(request(code)) }
            try await rig.verification.removeExpired()
        }
    }

    @Test("Of many registrations at once with one code, one makes the account", arguments: 0..<4)
    func registersAtOnce(round: Int) async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            try await rig.prepare()
            let code = try await send(.register, in: rig)

            let outcomes = await withTaskGroup(of: SwitchyardError.Code?.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        do throws(SwitchyardError) {
                            _ = try await rig.accounts.register(request(code))
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == .codeWrong })
            #expect(try await store.accounts().count == 2)
        }
    }

    @Test("An account whose token cannot be made is there all the same, and the client is told to log in")
    func tokenNotMade() async throws {
        try await withTemporaryStore { store in
            let rig = AccountRig(store: store)
            let code = try await send(.register, in: rig)

            // No application of this id was made, so no pair can be stored.
            await expect(.tokenNotMade) { _ = try await rig.accounts.register(request(code)) }

            #expect(try await store.account(identifiedBy: Self.ann) != nil)
        }
    }
}
