import CoolkitWire
import Logging
import SwitchyardSQLite
import Testing

@testable import SwitchyardCore

/// An hour of guessing at passwords, with the clock in our hand and the limits of the defaults.
///
/// What is counted are passwords that were compared with that of an account; `scripts/guess-test` does the same from outside.
@Suite("An hour of guesses")
struct GuessingTests {
    /// Less than this many an account and hour.
    ///
    /// Source: the bar of this project's `SECURITY.md`.
    private static let bar = 100

    private struct Attack {
        let account: @Sendable (Int) -> AccountIdentifier
        let address: @Sendable (Int) -> String
    }

    private func withRig(_ body: (AccountRig) async throws -> Void) async throws {
        try await withTemporaryStore { store in
            let clocks = ManualClocks()
            let limits = LoginLimits(
                perAccount: AttemptRate(burst: 10, perHour: 30),
                perAddress: AttemptRate(burst: 30, perHour: 120),
                credentials: AttemptRate(burst: 60, perHour: 600),
                clock: clocks.monotonic,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            // The least work there is: what is counted is how often it is done.
            let rig = AccountRig(
                store: store,
                cost: .init(logarithmOfN: 1, r: 1, p: 1),
                guessing: limits,
                clocks: clocks,
                settings: .changed { $0.singleLoginScope = .none }
            )
            try await rig.prepare()
            try await body(rig)
        }
    }

    /// Guesses for an hour; gives how many passwords of each account were compared.
    private func guess(
        _ attack: Attack,
        times guesses: Int = 20_000,
        in rig: AccountRig,
        meanwhile: (Int) async throws -> Void = { _ in }
    ) async throws -> [AccountIdentifier: Int] {
        var checked: [AccountIdentifier: Int] = [:]
        for index in 0..<guesses {
            let account = attack.account(index)
            let client = LoginClient(appID: AccountRig.app, address: attack.address(index))
            do throws(SwitchyardError) {
                _ = try await rig.accounts.logIn(account, password: "guess \(index)", client: client)
                Issue.record("a guess was right")
            } catch {
                if error.code != .busy { checked[account, default: 0] += 1 }
            }
            rig.clocks.advance(by: .microseconds(3_600_000_000 / guesses))
            if index % (guesses / 20) == guesses / 40 { try await meanwhile(index) }
        }
        return checked
    }

    @Test("From one address fewer than a hundred passwords are compared, and the owner logs in beside it")
    func oneAddress() async throws {
        try await withRig { rig in
            let pair = try await rig.logIn()
            let attack = Attack { _ in
                AccountRig.identifier
            } address: { _ in
                "198.51.100.1"
            }

            let checked = try await guess(attack, in: rig) { _ in _ = try await rig.logIn() }

            #expect(checked.values.allSatisfy { $0 < Self.bar })
            #expect(checked[AccountRig.identifier] == 39)
            #expect(rig.fault(of: pair) == nil)
        }
    }

    @Test(
        "From thousands of addresses against one account it is no more, and the owner logs in and refreshes beside it"
    )
    func manyAddresses() async throws {
        try await withRig { rig in
            let first = try await rig.logIn()
            let attack = Attack { _ in
                AccountRig.identifier
            } address: {
                "198.51.\($0 / 250 % 250).\($0 % 250)"
            }

            let checked = try await guess(attack, times: 100_000, in: rig) { index in
                // By another client of his home, too.
                _ = try await rig.logIn(under: index % 10_000 == 2_500 ? AccountRig.app : AccountRig.otherApp)
                #expect(rig.fault(of: first) == nil)
            }

            #expect(checked.values.allSatisfy { $0 < Self.bar })
            _ = try await rig.accounts.refresh(first.refreshToken, appID: AccountRig.app, from: "203.0.113.9")
            for _ in 0..<2 { _ = try? await rig.logIn(password: "guess", from: "198.51.100.1") }  // Wrong, or refused.
            // From nowhere known he waits until there are fewer guesses.
            await expect(.busy) { _ = try await rig.logIn(from: "203.0.113.10") }
            // Where he has just refreshed he is known.
            _ = try await rig.logIn(from: "203.0.113.9")
        }
    }

    @Test("One password against many accounts, from many addresses, is bounded for each")
    func manyAccounts() async throws {
        try await withRig { rig in
            let others = (0..<200).map { AccountIdentifier.email("user\($0)@example.com") }
            for other in others.prefix(5) { _ = try await rig.accounts.create(other, password: AccountRig.password) }
            let attack = Attack {
                others[$0 % 200]
            } address: {
                "198.51.\($0 / 250 % 250).\($0 % 250)"
            }

            let checked = try await guess(attack, in: rig) { _ in _ = try await rig.logIn() }

            #expect(checked.count == 200)
            #expect(checked.values.allSatisfy { $0 < Self.bar })
            // Those that exist and those that do not are held up alike.
            #expect(Set(checked.values).count <= 2)
        }
    }

    @Test(
        "From behind the owner's own address it is bounded, and his client has an allowance that others cannot use up"
    )
    func sameAddress() async throws {
        try await withRig { rig in
            let client = LoginClient(appID: AccountRig.app, address: "192.0.2.1", model: "own telephone")
            func ownerLogsIn() async throws {
                _ = try await rig.accounts.logIn(AccountRig.identifier, password: AccountRig.password, client: client)
            }
            try await ownerLogsIn()
            let attack = Attack { _ in
                AccountRig.identifier
            } address: { index in
                index % 2 == 0 ? "192.0.2.1" : "198.51.\(index / 250 % 250).\(index % 250)"
            }

            let checked = try await guess(attack, in: rig) { _ in try await ownerLogsIn() }

            #expect(checked.values.allSatisfy { $0 < Self.bar })
        }
    }

    @Test("From behind all networks that the account knows it is bounded together, and his client keeps its allowance")
    func manyNetworks() async throws {
        try await withRig { rig in
            func ownerLogsIn(from address: String) async throws {
                let client = LoginClient(appID: AccountRig.app, address: address, model: "own telephone")
                _ = try await rig.accounts.logIn(AccountRig.identifier, password: AccountRig.password, client: client)
            }
            for network in 0..<4 { try await ownerLogsIn(from: "203.0.\(network).1") }
            let attack = Attack { _ in
                AccountRig.identifier
            } address: { index in
                "203.0.\(index % 4).1"
            }

            let checked = try await guess(attack, in: rig) { _ in try await ownerLogsIn(from: "203.0.0.1") }

            #expect(checked.values.allSatisfy { $0 < Self.bar })
        }
    }

    @Test("Even who pretends to be the owner's own client, behind his address, is bounded, and ends no session")
    func pretendedClient() async throws {
        try await withRig { rig in
            let pair = try await rig.logIn()
            let attack = Attack { _ in
                AccountRig.identifier
            } address: { index in
                index % 2 == 0 ? "192.0.2.1" : "198.51.\(index / 250 % 250).\(index % 250)"
            }

            let checked = try await guess(attack, in: rig)

            #expect(checked.values.allSatisfy { $0 < Self.bar })
            #expect(rig.fault(of: pair) == nil)
            _ = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
        }
    }

    @Test("An account with many clients is guessed at no faster by who pretends to be each, and holds a token besides")
    func manyClients() async throws {
        try await withRig { rig in
            func client(_ index: Int) -> LoginClient {
                LoginClient(appID: AccountRig.app, address: "192.0.2.\(index % 4)", model: "telephone \(index % 16)")
            }
            for index in 0..<16 {
                _ = try await rig.accounts.logIn(
                    AccountRig.identifier,
                    password: AccountRig.password,
                    client: client(index)
                )
            }
            let pair = try await rig.logIn(from: "192.0.2.1")
            let owner = try rig.accounts.authenticate(pair.accessToken).accountID
            var checked = 0

            for index in 0..<20_000 {
                do throws(SwitchyardError) {
                    switch index % 4 {
                    case 0:
                        let stranger = LoginClient(appID: AccountRig.app, address: "198.51.100.\(index / 4 % 250)")
                        _ = try await rig.accounts.logIn(AccountRig.identifier, password: "guess", client: stranger)
                    case 1:
                        let change = PasswordChange(
                            oldPassword: "guess",
                            newPassword: "guessed right",
                            token: TokenHash(of: pair.accessToken)
                        )
                        try await rig.accounts.changePassword(change, of: owner, from: "192.0.2.1")
                    case 2:
                        let neighbour = LoginClient(appID: AccountRig.otherApp, address: "192.0.2.\(index / 4 % 4)")
                        _ = try await rig.accounts.logIn(AccountRig.identifier, password: "guess", client: neighbour)
                    default:
                        let pretended = client(index / 4)
                        _ = try await rig.accounts.logIn(AccountRig.identifier, password: "guess", client: pretended)
                    }
                    Issue.record("a guess was right")
                } catch {
                    if error.code != .busy { checked += 1 }
                }
                rig.clocks.advance(by: .milliseconds(180))
            }

            #expect((80..<Self.bar).contains(checked))
            #expect(rig.fault(of: pair) == nil)
        }
    }

    @Test("Guesses made at once are all counted before one of them has failed")
    func atOnce() async throws {
        try await withRig { rig in
            let checked = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<400 {
                    group.addTask {
                        do {
                            _ = try await rig.logIn(password: "guess", from: "198.51.100.\(index % 250)")
                            return true
                        } catch {
                            return (error as? SwitchyardError)?.code != .busy
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }

            #expect(checked <= 10)
        }
    }

    @Test("Codes are guessed at no faster, and of unknown accounts as of known ones")
    func codes() async throws {
        try await withRig { rig in
            for account in [AccountRig.identifier, .email("nobody@example.com")] {
                var checked = 0
                for index in 0..<20_000 {
                    let client = LoginClient(appID: AccountRig.app, address: "198.51.\(index / 250).\(index % 250)")
                    do throws(SwitchyardError) {
                        if index % 2 == 0 {
                            _ = try await rig.accounts.logIn(account, code: "000000", client: client)
                        } else {
                            let request = VerifiedRequest(
                                identifier: account,
                                code: "000000",
                                password: "a new password",
                                client: client
                            )
                            _ = try await rig.accounts.register(request)
                        }
                    } catch {
                        if error.code != .busy { checked += 1 }
                    }
                    rig.clocks.advance(by: .milliseconds(180))
                }
                #expect((30..<Self.bar).contains(checked))
            }
        }
    }

    @Test(
        "Refresh tokens and authorization codes that are unknown are refused after a while; one that is good never is"
    )
    func tokens() async throws {
        try await withRig { rig in
            let pair = try await rig.logIn()
            var codes: [SwitchyardError.Code] = []
            for _ in 0..<100 {
                do throws(SwitchyardError) {
                    _ = try await rig.accounts.refresh("0000", appID: AccountRig.app, from: "192.0.2.1")
                } catch {
                    codes.append(error.code)
                }
            }

            #expect(codes == Array(repeating: .tokenUnknown, count: 60) + Array(repeating: .busy, count: 40))
            _ = try await rig.accounts.refresh(pair.refreshToken, appID: AccountRig.app, from: "192.0.2.1")
        }
    }
}
