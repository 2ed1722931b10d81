package import CoreMetrics
import Synchronization

/// Keeps what the process counts, as the backend of swift-metrics, and hands it out for `/metrics`.
///
/// Counting is one atomic addition, without a lock. Series are bounded: what would be one too many is not kept.
package final class MetricsRegistry: MetricsFactory {
    /// One series: a label with its dimensions.
    private struct Key: Hashable {
        let label: String
        let dimensions: [Dimension]

        init(_ label: String, _ dimensions: [(String, String)]) {
            self.label = label
            self.dimensions = dimensions.map { Dimension(name: $0, value: $1) }.sorted { $0.name < $1.name }
        }
    }

    private struct Dimension: Hashable {
        let name: String
        let value: String
    }

    /// All series of the process at the most.
    package static let maximumSeries = 4_096

    private let counters = Mutex<[Key: CountedTotal]>([:])
    private let histograms = Mutex<[Key: Histogram]>([:])
    private let gauges = Mutex<[Key: LastValue]>([:])

    package init() {}

    // MARK: The backend

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Self.handler(Key(label, dimensions), in: counters) { CountedTotal() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Self.handler(Key(label, dimensions), in: gauges) { LastValue() }
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        aggregate
            ? Self.handler(Key(label, dimensions), in: histograms) { Histogram() }
            : Self.handler(Key(label, dimensions), in: gauges) { LastValue() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Self.handler(Key(label, dimensions), in: histograms) { Histogram() }
    }

    // Series live as long as the process: whoever made one may make it again and counts on.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// The handler of a series; one that nobody hears of when there are too many.
    private static func handler<Handler>(
        _ key: Key,
        in table: borrowing Mutex<[Key: Handler]>,
        make: () -> Handler
    ) -> Handler {
        table.withLock { handlers in
            if let handler = handlers[key] { return handler }
            let handler = make()
            if handlers.count < maximumSeries { handlers[key] = handler }
            return handler
        }
    }

    // MARK: Reading

    /// Everything that was counted, by name.
    package func families() -> [MetricFamily] {
        var families: [String: MetricFamily] = [:]
        func add(_ key: Key, _ kind: MetricFamily.Kind, _ value: MetricFamily.Value) {
            let labels = key.dimensions.map { ($0.name, $0.value) }
            families[key.label, default: MetricFamily(name: key.label, kind: kind)]
                .add(labels: labels, value)
        }
        for (key, counter) in counters.withLock({ $0 }) { add(key, .counter, .number(Double(counter.total))) }
        for (key, gauge) in gauges.withLock({ $0 }) { add(key, .gauge, .number(gauge.value)) }
        for (key, histogram) in histograms.withLock({ $0 }) { add(key, .histogram, .distribution(histogram.read())) }
        return families.values.sorted { $0.name < $1.name }
    }
}

/// A number that only grows.
private final class CountedTotal: CounterHandler {
    private let count = Atomic<Int64>(0)

    var total: Int64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

/// A number as it was set last.
private final class LastValue: MeterHandler, RecorderHandler {
    private let current = Mutex(0.0)

    var value: Double { current.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// How often a value was at most this and that.
///
/// Timers record nanoseconds and are told in seconds.
private final class Histogram: TimerHandler, RecorderHandler {
    /// From half a millisecond, below which no HTTP call ends, to the 8 s of a command's deadline and beyond.
    private static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private struct State {
        var counts = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func read() -> MetricFamily.Distribution {
        let state = state.withLock { $0 }
        var total = 0
        let buckets = zip(Self.bounds, state.counts).map { bound, count in
            total += count
            return (bound, total)
        }
        return MetricFamily.Distribution(buckets: buckets, count: total + (state.counts.last ?? 0), sum: state.sum)
    }
}
