import SwitchyardCore
import TestSupport
import Testing

extension ImpersonationScene {
    /// Asks about something of hers and about what does not exist, as one caller; gives the answers, and what the
    /// database had to do for the first.
    ///
    /// Expects that both are alike, but for the ids.
    func askAlike(
        _ row: ImpersonationRow,
        _ name: String,
        as caller: ImpersonationObjects,
        with authorization: String?,
        about targets: [ImpersonationObjects]
    ) async throws -> (answers: [APIAnswer], statements: [String]) {
        var answers: [APIAnswer] = []
        var costs: [[String]] = []
        for target in targets {
            let request = row.request(by: caller, about: target).authorized(authorization)
            let (answer, statements) = try await statements.during { try await rig.send(request) }
            answers.append(answer)
            costs.append(statements)
        }
        guard answers.count == 2 else { return (answers, costs[0]) }
        let label = "\(row.testDescription) by \(name)"
        var text = answers[0].text
        for (name, value) in targets[0].names {
            if let unknown = targets[1].names[name] { text = text.replacing(value, with: unknown) }
        }
        #expect(text == answers[1].text, "\(label)")
        #expect(answers[0].status == answers[1].status, "\(label)")
        let headers = answers.map { $0.headers.filter { $0.key != "date" } }
        #expect(headers[0] == headers[1], "\(label)")
        #expect(costs[0] == costs[1], "\(label)")
        return (answers, costs[0])
    }

    /// None of these stands in the answer; what the caller has sent himself does not count.
    func expectSilent(_ answer: APIAnswer, to row: ImpersonationRow, _ name: String, _ secrets: [String]) {
        let request = row.request(by: .nobody, about: world.victim.objects)
        let sent = request.target + (request.body ?? "")
        for secret in secrets where !sent.contains(secret) {
            #expect(!answer.text.contains(secret), "\(row.testDescription) tells \(name) \(secret): \(answer.text)")
            #expect(
                !answer.headers.values.contains { $0.contains(secret) },
                "\(row.testDescription) tells \(name) \(secret): \(answer.headers)"
            )
        }
    }

    /// Asks for what the caller has no right to.
    func expectRefused(_ row: ImpersonationRow, _ caller: ImpersonationWorld.Caller) async throws {
        let (victim, label) = (world.victim, "\(row.testDescription) by \(caller.name)")
        let isCompared = row.kind == .object || row.kind == .list
        let (answers, _) = try await askAlike(
            row,
            caller.name,
            as: caller.person.objects,
            with: "Bearer \(caller.token)",
            about: isCompared ? [victim.objects, .nobody.completed(by: victim)] : [victim.objects]
        )
        if row.kind == .object || row.kind == .addition {
            #expect(answers[0].error != 0 && answers[0].error != nil, "\(label): \(answers[0].text)")
        }
        let known = row.tellsMessages ? world.whatReceiversWereTold : []
        expectSilent(answers[0], to: row, caller.name, caller.secrets.filter { !known.contains($0) })
    }
}

extension ImpersonationObjects {
    /// With a token that is nobody's, as long as hers.
    fileprivate func completed(by victim: ImpersonationWorld.Person) -> ImpersonationObjects {
        var objects = self
        objects.names["rt"] = String(repeating: "0", count: victim.tokens.refreshToken.utf8.count)
        return objects
    }
}

extension ImpersonationRow {
    /// Ends the caller's own log-in, which other rows need.
    var endsItself: Bool { ["/v2/user/logout", "/v2/user/oauth/token"].contains(path) }

    /// Changes nothing even when it is allowed.
    var isReading: Bool {
        method == "GET" || ["/otaother/app", "/v2/device/ota/query", "/v2/homepage"].contains(path)
            || (method == "POST" && path == "/v2/device/thing")
    }

    /// Gives the caller's own messages.
    fileprivate var tellsMessages: Bool {
        path == "/v2/homepage" || (path == "/v2/message/read" && kind == .own)
    }

    /// Is about the device that receivers share.
    var isAboutDevice: Bool { (target + (body ?? "")).contains("$device") }
}
