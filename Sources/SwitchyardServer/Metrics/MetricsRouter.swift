import Hummingbird
import SwitchyardCore
import SwitchyardTransport

/// What the metrics listener answers: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever starts and stops servers.
///
/// Nothing it tells names an account, a device or an address.
struct MetricsRouter {
    typealias Context = BasicRequestContext

    let registry: MetricsRegistry
    let figures: ServerFigures
    let readiness: Readiness

    func makeRouter() -> Router<Context> {
        let router = Router(context: Context.self)
        router.get("metrics") { _, _ in
            // The format's version is part of its type.
            Self.text(exposition(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("healthz") { _, _ in Self.text("ok\n") }
        router.get("readyz") { _, _ in
            readiness.isReady ? Self.text("ready\n") : Self.text("starting or stopping\n", status: .serviceUnavailable)
        }
        return router
    }

    private func exposition() -> String {
        var text = ""
        let families = registry.families() + figures.families() + ProcessFigures.families()
        for family in families.sorted(by: { $0.name < $1.name }) { family.write(to: &text) }
        return text
    }

    private static func text(
        _ text: String,
        type: String = "text/plain; charset=utf-8",
        status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: .init(string: text))
        )
    }
}
