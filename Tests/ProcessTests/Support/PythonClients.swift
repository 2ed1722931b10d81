import Foundation
import TestSupport

/// The virtual environment with the Python clients of `Clients`, made once and kept in the build folder.
enum PythonClients {
    private static let environment = Task { try await make() }

    /// Whether it could be made; false where the Python package index cannot be reached.
    static var areAvailable: Bool {
        get async throws { try await environment.value != nil }
    }

    /// Runs a client to its end.
    static func run(_ client: String, _ arguments: [String], within limit: Duration) async throws -> Finished {
        guard let python = try await environment.value else { throw TestFailure("there are no Python clients here") }
        return try await ProcessTests.run(python, [BuildFolder.client(client)] + arguments, within: limit)
    }

    private static func make() async throws -> String? {
        let folder = try BuildFolder.path() + "/process-tests-python"
        let setUp = try await ProcessTests.run(
            systemProgram("bash"),
            [BuildFolder.client("setup-venv"), folder],
            within: .seconds(300)
        )
        switch setUp.status {
        case 0: return folder + "/bin/python"
        case 77: return nil
        default: throw TestFailure("setup-venv ended with \(setUp.status): \(setUp.errors)")
        }
    }
}
