import Foundation
import TestSupport

/// A virtual environment with Python clients of `Clients`, made once and kept in the build folder.
enum PythonClients: String {
    case standing = "requirements"
    /// Its client needs an older `websockets`.
    case coolkitPhoenix = "requirements-coolkit-phoenix"
    case schemathesis = "requirements-schemathesis"
    case ewelink = "requirements-ewelink"
    /// Its module has the same name.
    case pythonLibraryEwelink = "requirements-python-library-ewelink"

    private static let standingPython = Task { try await standing.make() }
    private static let coolkitPhoenixPython = Task { try await coolkitPhoenix.make() }
    private static let schemathesisPython = Task { try await schemathesis.make() }
    private static let ewelinkPython = Task { try await ewelink.make() }
    private static let pythonLibraryEwelinkPython = Task { try await pythonLibraryEwelink.make() }

    /// Whether it could be made; false where the Python package index cannot be reached.
    var isAvailable: Bool {
        get async throws { try await environment.value != nil }
    }

    private var environment: Task<String?, any Error> {
        switch self {
        case .standing: Self.standingPython
        case .coolkitPhoenix: Self.coolkitPhoenixPython
        case .schemathesis: Self.schemathesisPython
        case .ewelink: Self.ewelinkPython
        case .pythonLibraryEwelink: Self.pythonLibraryEwelinkPython
        }
    }

    /// What starts a client.
    func launch(_ client: String, _ arguments: [String]) async throws -> ChildProcess.Launch {
        guard let python = try await environment.value else { throw TestFailure("there are no Python clients here") }
        return ChildProcess.Launch(program: python, arguments: [BuildFolder.client(client)] + arguments)
    }

    /// Runs a client to its end.
    func run(_ client: String, _ arguments: [String], within limit: Duration) async throws -> Finished {
        let launch = try await launch(client, arguments)
        return try await ProcessTests.run(launch.program, launch.arguments, within: limit)
    }

    private func make() async throws -> String? {
        let folder = try BuildFolder.path() + "/process-tests-python/" + rawValue
        let setUp = try await ProcessTests.run(
            systemProgram("bash"),
            [BuildFolder.client("setup-venv"), folder, rawValue + ".txt"],
            within: .seconds(300)
        )
        switch setUp.status {
        case 0: return folder + "/bin/python"
        case 77: return nil
        default: throw TestFailure("setup-venv ended with \(setUp.status): \(setUp.errors)")
        }
    }
}
