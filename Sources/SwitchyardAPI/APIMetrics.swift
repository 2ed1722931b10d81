import Hummingbird
import Metrics
import Synchronization

/// What the API counts: requests by route and errors by number.
///
/// Labels never name accounts or devices.
final class APIMetrics: Sendable {
    /// A route is one of those built, or `none`: peers cannot make new labels.
    private struct RouteLabel: Hashable {
        let route: String
        let method: String
    }

    private let requests = Mutex<[RouteLabel: Counter]>([:])
    private let errors = Mutex<[Int: Counter]>([:])
    private let durations = Timer(label: "switchyard_api_request_duration_seconds", preferredDisplayUnit: .seconds)

    /// Counts an answered request; `route` is the path's template, nil when no route has the path.
    func countRequest(route: String?, method: HTTPRequest.Method, duration: Duration) {
        let label = RouteLabel(route: route ?? "none", method: route == nil ? "any" : method.rawValue)
        let counter = requests.withLock { table in
            if let counter = table[label] { return counter }
            let counter = Counter(
                label: "switchyard_api_requests_total",
                dimensions: [("route", label.route), ("method", label.method)]
            )
            table[label] = counter
            return counter
        }
        counter.increment()
        durations.record(duration: duration)
    }

    /// Counts an answer with this `error`; a device's own numbers count as one.
    func countError(_ number: Int, isOfDevice: Bool) {
        let key = isOfDevice ? -1 : number
        let counter = errors.withLock { table in
            if let counter = table[key] { return counter }
            let counter = Counter(
                label: "switchyard_api_errors_total",
                dimensions: [("error", isOfDevice ? "device" : String(number))]
            )
            table[key] = counter
            return counter
        }
        counter.increment()
    }
}
