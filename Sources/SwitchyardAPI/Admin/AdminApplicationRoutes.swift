import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/applications`: the app ids that may sign requests.
    func addApplicationRoutes(to router: Router<Context>) {
        router.get("applications") { _, _ in
            Response.json(["applications": JSON(applications.applications().map { $0.description(withSecret: false) })])
        }
        router.post("applications") { request, _ in
            let members: Set = ["name", "id", "secret", "nonceReplayCheck", "clockSkewLimitSeconds", "redirectUrls"]
            let body = try await AdminRequestBody(of: request, members: members)
            let application = try await applications.create(
                name: try body.requiredText("name"),
                id: try body.identifier("id"),
                secret: try body.text("secret"),
                checks: try RequestChecks(body),
                redirectURLs: try body.redirectURLs()
            )
            // The only answer that carries the secret.
            return Response.json(application.description(withSecret: true), status: .created)
        }
        router.get("applications/:id") { _, context in
            let id = try context.pathText("id")
            guard let application = applications.applications().first(where: { $0.id.rawValue == id }) else {
                throw SwitchyardError(.notFound, "no application has this id")
            }
            return Response.json(application.description(withSecret: false))
        }
        router.put("applications/:id/checks") { request, context in
            let body = try await AdminRequestBody(of: request, members: ["nonceReplayCheck", "clockSkewLimitSeconds"])
            guard let id = AppID(try context.pathText("id")) else {
                throw SwitchyardError(.notFound, "no application has this id")
            }
            let application = try await applications.setChecks(try RequestChecks(body), of: id)
            return Response.json(application.description(withSecret: false))
        }
        router.put("applications/:id/redirects") { request, context in
            let body = try await AdminRequestBody(of: request, members: ["redirectUrls"])
            guard body.has("redirectUrls") else { throw SwitchyardError(.invalidInput, "'redirectUrls' is missing") }
            guard let id = AppID(try context.pathText("id")) else {
                throw SwitchyardError(.notFound, "no application has this id")
            }
            let application = try await applications.setRedirectURLs(try body.redirectURLs(), of: id)
            return Response.json(application.description(withSecret: false))
        }
        router.delete("applications/:id") { _, context in
            guard let id = AppID(try context.pathText("id")) else {
                throw SwitchyardError(.notFound, "no application has this id")
            }
            try await applications.remove(id)
            return Response.noContent
        }
    }
}

extension ClientApplication {
    fileprivate func description(withSecret: Bool) -> JSON {
        var description: JSON = [
            "id": JSON(id.rawValue), "name": JSON(name), "createdAt": JSON(createdAt.iso8601),
            "nonceReplayCheck": JSON(checks.refusesReplays), "clockSkewLimitSeconds": checks.clockSkewLimit.json,
            "redirectUrls": JSON(redirectURLs.map { JSON($0.text) }),
        ]
        if withSecret { description["secret"] = JSON(secret) }
        return description
    }
}

extension AdminRequestBody {
    fileprivate func redirectURLs() throws(SwitchyardError) -> [RedirectURL] {
        var urls: [RedirectURL] = []
        for text in try texts("redirectUrls") { urls.append(try RedirectURL(text)) }
        return urls
    }
}

extension RequestChecks {
    /// `nonceReplayCheck` and `clockSkewLimitSeconds`; what is absent or null is the default.
    fileprivate init(_ body: AdminRequestBody) throws(SwitchyardError) {
        self.init(refusesReplays: try body.flag("nonceReplayCheck") ?? false)
        guard let seconds = try body.integer("clockSkewLimitSeconds") else { return }
        clockSkewLimit = seconds == 0 ? .off : .limit(.seconds(seconds))
    }
}

extension RequestChecks.ClockSkewLimit {
    /// Seconds, 0 for off, null for the server's setting.
    fileprivate var json: JSON {
        switch self {
        case .ofServer: nil
        case .off: 0
        case .limit(let limit): JSON(limit.components.seconds)
        }
    }
}
