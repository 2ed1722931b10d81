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
            let body = try await AdminRequestBody(of: request, members: ["name", "id", "secret"])
            let application = try await applications.create(
                name: try body.requiredText("name"),
                id: try body.identifier("id"),
                secret: try body.text("secret")
            )
            // The only answer that carries the secret.
            return Response.json(application.description(withSecret: true), status: .created)
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
        ]
        if withSecret { description["secret"] = JSON(secret) }
        return description
    }
}
