import CoreMetrics
import Testing

@testable import SwitchyardServer

@Suite struct MetricsRegistryTests {
    private func exposition(of registry: MetricsRegistry) -> String {
        var text = ""
        for family in registry.families() { family.write(to: &text) }
        return text
    }

    @Test("Counters are told by name and labels, and one that is made again counts on")
    func counters() {
        let registry = MetricsRegistry()
        let labels = [("route", #"a"b\c"#), ("method", "GET")]
        registry.makeCounter(label: "switchyard_api_requests_total", dimensions: labels).increment(by: 2)
        registry.makeCounter(label: "switchyard_api_requests_total", dimensions: labels.reversed()).increment(by: 3)
        registry.makeCounter(label: "switchyard_api_requests_total", dimensions: []).increment(by: 1)

        #expect(
            exposition(of: registry) == #"""
                # HELP switchyard_api_requests_total HTTP requests, by route and method.
                # TYPE switchyard_api_requests_total counter
                switchyard_api_requests_total 1
                switchyard_api_requests_total{method="GET",route="a\"b\\c"} 5

                """#
        )
    }

    @Test("Timers are histograms in seconds, cumulative, with their sum")
    func histograms() {
        let registry = MetricsRegistry()
        let timer = registry.makeTimer(label: "switchyard_api_request_duration_seconds", dimensions: [])
        for milliseconds in [1, 3, 70_000] { timer.recordNanoseconds(Int64(milliseconds) * 1_000_000) }

        let lines = exposition(of: registry).split(separator: "\n").map(String.init)

        let name = "switchyard_api_request_duration_seconds"
        #expect(lines.contains("# TYPE \(name) histogram"))
        #expect(lines.contains(#"\#(name)_bucket{le="0.0005"} 0"#))
        #expect(lines.contains(#"\#(name)_bucket{le="0.001"} 1"#))
        #expect(lines.contains(#"\#(name)_bucket{le="0.005"} 2"#))
        #expect(lines.contains(#"\#(name)_bucket{le="30.0"} 2"#))
        #expect(lines.contains(#"\#(name)_bucket{le="+Inf"} 3"#))
        #expect(lines.contains("\(name)_count 3"))
        #expect(lines.contains("\(name)_sum 70.004"))
    }

    @Test("Series beyond the bound are counted nowhere")
    func bound() {
        let registry = MetricsRegistry()
        for number in 0..<MetricsRegistry.maximumSeries + 10 {
            registry.makeCounter(label: "switchyard_api_requests_total", dimensions: [("route", "\(number)")])
                .increment(by: 1)
        }

        let series = exposition(of: registry).split(separator: "\n").filter { !$0.hasPrefix("#") }

        #expect(series.count == MetricsRegistry.maximumSeries)
    }
}
