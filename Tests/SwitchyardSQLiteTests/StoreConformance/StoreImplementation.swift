import SwitchyardCore
import Testing

/// The implementations of `Store`: every conformance test runs against each.
enum StoreImplementation: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    /// Hands out an empty store.
    func withStore(_ body: (any Store) async throws -> Void) async throws {
        switch self {
        case .sqlite: try await withSQLiteStore { try await body($0) }
        }
    }
}

/// Expects that `body` throws a `SwitchyardError` with this code.
func expect(
    _ code: SwitchyardError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    from body: () async throws -> Void
) async {
    let error = await #expect(throws: SwitchyardError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}
