import Testing

/// Starts one server for all tests of a suite that ask for it: for cases that need nothing of their own.
struct OneServer: SuiteTrait, TestScoping {
    @TaskLocal static var rig: TLSRig?

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withAPI { rig in
            try await rig.makeApplication()
            try await Self.$rig.withValue(rig, operation: function)
        }
    }
}

extension Trait where Self == OneServer {
    static var oneServer: OneServer { OneServer() }
}
