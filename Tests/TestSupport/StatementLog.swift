import Synchronization

/// The statements that a server's database runs, in their order and without their values.
///
/// Two requests that have the same run cost the same: so it is shown, without a clock, that no time tells them apart.
package final class StatementLog: Sendable {
    private let texts = Mutex<[String]>([])

    package init() {}

    /// What a connection does for itself does not count: setting itself up with the first request that it is opened for, and
    /// ending a transaction, which may come after the answer.
    package func note(_ text: String) {
        guard !["PRAGMA", "COMMIT", "ROLLBACK"].contains(where: text.hasPrefix) else { return }
        texts.withLock { $0.append(text) }
    }

    /// What runs while `body` does.
    package func during<Value>(_ body: () async throws -> Value) async throws -> (value: Value, statements: [String]) {
        texts.withLock { $0 = [] }
        let value = try await body()
        return (value, texts.withLock { $0 })
    }
}
