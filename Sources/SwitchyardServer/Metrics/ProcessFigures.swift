import Foundation

/// The process as the system sees it, under the names that Prometheus' own clients use; nothing where `/proc` is not.
enum ProcessFigures {
    static func families() -> [MetricFamily] {
        var families: [MetricFamily] = []
        if let statistics = Statistics() {
            families.append(MetricFamily("process_cpu_seconds_total", .counter, statistics.processorSeconds))
            families.append(MetricFamily("process_resident_memory_bytes", .gauge, statistics.residentBytes))
            if let bootTime { families.append(started(statistics, after: bootTime)) }
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            families.append(MetricFamily("process_open_fds", .gauge, Double(open.count)))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            families.append(MetricFamily("process_max_fds", .gauge, Double(limit.rlim_cur)))
        }
        return families
    }

    private static func started(_ statistics: Statistics, after bootTime: Double) -> MetricFamily {
        MetricFamily("process_start_time_seconds", .gauge, bootTime + statistics.startSeconds)
    }

    /// What `/proc/self/stat` tells.
    ///
    /// Source: proc(5).
    private struct Statistics {
        let processorSeconds: Double
        /// From the machine's start.
        let startSeconds: Double
        let residentBytes: Double

        init?() {
            guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
                // The second field is the program's name in parentheses and may hold anything.
                let end = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
            guard fields.count > 21 else { return nil }
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            // Fields 14 and 15, 22 and 24 of the page, which counts from 1; here the third is the first.
            processorSeconds = (fields[11] + fields[12]) / ticks
            startSeconds = fields[19] / ticks
            residentBytes = fields[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
    }

    /// When the machine was started, in seconds since 1970.
    private static let bootTime: Double? = {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) }
    }()
}
