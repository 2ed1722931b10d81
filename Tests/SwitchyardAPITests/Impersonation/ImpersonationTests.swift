import CoolkitWire
import SwitchyardCore
import SwitchyardServer
import TestSupport
import Testing

/// Everybody who might pretend to be somebody, against everything that asks for a token.
///
/// Known weaknesses of the vendor's cloud: a shared device could be taken over by its receiver (CVE-2024-7205), and a device's key
/// could be had by its id (CVE-2021-27941).
@Suite("Impersonation over HTTP", .timeLimit(.minutes(10)))
struct ImpersonationTests {
    private static let rows = ImpersonationRow.version1 + ImpersonationRow.version2

    @Test("Every operation that asks for a token has a row")
    func isComplete() throws {
        for version in OpenAPIDocument.Version.allCases {
            for operation in try DocumentedOperation.all(of: version) where operation.security == "bearer" {
                #expect(
                    Self.rows.contains { $0.method == operation.method && $0.path == operation.path },
                    "\(operation)"
                )
            }
        }
    }

    @Test("Who has no token of a live log-in is refused everywhere before anything is read, and changes nothing")
    func withoutToken() async throws {
        try await withImpersonation { scene in
            let (world, victim) = (scene.world, scene.world.victim)
            let before = try await StoreContents(of: scene.rig.store)
            var credentials: [(name: String, header: String?)] = [
                ("no key", nil), ("wrong key", "Bearer " + String(repeating: "0", count: 40)),
                ("a device's key", "Bearer \(victim.deviceKey)"),
                ("another device's key", "Bearer \(world.stranger.deviceKey)"),
                ("the account's apikey", "Bearer \(victim.account.apiKey)"),
                ("a live rt", "Bearer \(victim.tokens.refreshToken)"),
            ]
            for (name, pair) in world.deadTokens {
                credentials.append(("\(name) at", "Bearer \(pair.accessToken)"))
                credentials.append(("\(name) rt", "Bearer \(pair.refreshToken)"))
            }
            var cells = 0

            // A refresh is judged by its rt, and one client asks for the hub's address without a token.
            for row in Self.rows
            where row.path != "/v2/user/refresh" && !(row.method == "GET" && row.path == "/dispatch/app") {
                for credential in credentials {
                    let (answers, statements) = try await scene.askAlike(
                        row,
                        credential.name,
                        as: world.stranger.objects,
                        with: credential.header,
                        about: [victim.objects, .nobody]
                    )
                    let label = "\(row.testDescription) by \(credential.name)"
                    #expect([401, 402, 406].contains(answers[0].error), "\(label): \(answers[0].text)")
                    #expect(statements.isEmpty, "\(label)")
                    scene.expectSilent(answers[0], to: row, credential.name, world.allSecrets)
                    cells += 1
                }
            }

            try await scene.expectUndisturbed(since: before)
            print("impersonation, HTTP without a live token: \(cells) cells, 0 allowed")
        }
    }

    @Test("An account, a former receiver and another application get at nothing of hers, nor learn what there is")
    func otherAccounts() async throws {
        try await withImpersonation { scene in
            var cells = 0

            for row in Self.rows where !row.endsItself {
                let before = try await StoreContents(of: scene.rig.store)
                for caller in scene.world.strangers {
                    try await scene.expectRefused(row, caller)
                    cells += 1
                }
                if row.kind == .object || row.kind == .addition {
                    #expect(try await StoreContents(of: scene.rig.store) == before, "\(row.testDescription)")
                }
                try await scene.device.settle()
            }

            try await scene.expectUndisturbed()
            print("impersonation, HTTP by other accounts: \(cells) cells, 0 allowed")
        }
    }

    @Test(
        "The receiver of a share does what his permit says, and never gets what he could take the device over with (CVE-2024-7205)"
    )
    func receivers() async throws {
        try await withImpersonation { scene in
            var (refused, allowed) = (0, 0)

            for row in Self.rows where !row.endsItself {
                let before = try await StoreContents(of: scene.rig.store)
                for (permit, caller) in scene.world.receiving {
                    if row.permitted.contains(permit) {
                        guard row.isReading else { continue }
                        try await expectGiven(row, caller, in: scene)
                        allowed += 1
                    } else {
                        try await expectWithheld(row, caller, in: scene)
                        refused += 1
                    }
                }
                if row.kind == .object || row.kind == .addition {
                    #expect(try await StoreContents(of: scene.rig.store) == before, "\(row.testDescription)")
                }
                try await scene.device.settle()
            }

            try await scene.expectUndisturbed()
            print(
                "impersonation, HTTP by receivers: \(refused) cells refused, \(allowed) within the permit, 0 beyond it"
            )
        }
    }

    /// What a permit lets a receiver read tells no more than that.
    private func expectGiven(
        _ row: ImpersonationRow,
        _ caller: ImpersonationWorld.Caller,
        in scene: ImpersonationScene
    ) async throws {
        let request = row.request(by: caller.person.objects, about: scene.world.victim.objects)
        let answer = try await scene.rig.send(request.authorized("Bearer \(caller.token)"))
        #expect(answer.error == 0, "\(row.testDescription) by \(caller.name): \(answer.text)")
        scene.expectSilent(answer, to: row, caller.name, caller.secrets)
    }

    /// A receiver knows that the device exists, so that its refusal may be another one than that of an unknown device.
    private func expectWithheld(
        _ row: ImpersonationRow,
        _ caller: ImpersonationWorld.Caller,
        in scene: ImpersonationScene
    ) async throws {
        guard row.isAboutDevice else { return try await scene.expectRefused(row, caller) }
        let request = row.request(by: caller.person.objects, about: scene.world.victim.objects)
        let answer = try await scene.rig.send(request.authorized("Bearer \(caller.token)"))
        #expect(row.kind == .list || answer.error != 0, "\(row.testDescription) by \(caller.name): \(answer.text)")
        scene.expectSilent(answer, to: row, caller.name, caller.secrets)
    }

    @Test("No route gives a device's key for its id to anybody but the owner (CVE-2021-27941)")
    func deviceKeys() async throws {
        try await withImpersonation { scene in
            let (world, key) = (scene.world, scene.world.victim.deviceKey)
            let people = [world.stranger, world.formerReceiver] + world.receivers.map(\.person)
            var answers = 0

            for row in Self.rows where row.isReading {
                for person in people {
                    let request = row.request(by: person.objects, about: world.victim.objects)
                    let answer = try await world.rig.send(request.authorized("Bearer \(person.tokens.accessToken)"))
                    #expect(!answer.text.contains(key), "\(row.testDescription)")
                    #expect(!answer.headers.values.contains { $0.contains(key) }, "\(row.testDescription)")
                    answers += 1
                }
            }

            let own = try await world.rig.send(.get("/api/user/device", token: world.victim.tokens.accessToken))
            #expect(own.text.contains(key))
            print("impersonation, keys by id: \(answers) answers, 0 with a key")
        }
    }
}
