import CoolkitWire
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/outbox`: verification codes that the operator passes on by hand.
    func addOutboxRoutes(to router: Router<Context>) {
        router.get("outbox") { _, _ in
            Response.json([
                "messages": JSON(try await verification.outbox.messages().map { $0.description(at: clock.now) })
            ])
        }
        router.delete("outbox") { _, _ in
            try await verification.outbox.clear()
            return Response.noContent
        }
    }
}

extension OutboxMessage {
    fileprivate func description(at now: UnixTime) -> JSON {
        let expiry = createdAt.advanced(by: VerificationCode.lifetime)
        return [
            "to": JSON(destination),
            "purpose": JSON("\(purpose)"),
            "code": JSON(code),
            "text": JSON(text),
            "createdAt": JSON(createdAt.iso8601),
            "expiresAt": JSON(expiry.iso8601),
            "expired": JSON(expiry <= now),
        ]
    }
}
