/// Runs `operation` and cancels it when `limit` has passed.
///
/// - Throws: what `operation` throws, or `SimulatorError` with code `timedOut` that names what was waited for.
package func withDeadline<Value: Sendable>(
    _ limit: Duration,
    clock: any Clock<Duration> = ContinuousClock(),
    waitingFor what: String,
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await operation() }
        group.addTask {
            try await clock.sleep(for: limit)
            throw SimulatorError(.timedOut, "waited \(limit) for \(what), in vain")
        }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
