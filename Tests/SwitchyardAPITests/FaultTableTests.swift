import SwitchyardServer
import Testing

/// All cases go to one server, one after the other: that each changes nothing is what keeps them apart.
@Suite("Every fault of the table", .serialized, .oneFaultWorld)
struct FaultTableTests {
    @Test("A fault gets its error, as HTTP 200 with JSON, and changes nothing", arguments: FaultTable.all)
    func fault(_ fault: FaultCase) async throws {
        let world = try #require(OneFaultWorld.world)
        let before = try await StoreContents(of: world.rig.store)

        let request = fault.request(world)
        let answer = try await world.rig.send(request)

        #expect(answer.error == fault.error, "\(answer.text)")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.headers["content-length"] == String(answer.text.utf8.count))
        #expect(try await StoreContents(of: world.rig.store) == before)
        try expectDocumented(fault, request: request)
    }

    @Test("Each operation of the contract that asks for a token or a signature is tried with every fault of these")
    func everyOperationIsTried() async throws {
        let world = try #require(OneFaultWorld.world)
        let requests =
            FaultWorld.bearerCalls.map { $0.request(world) } + FaultTable.signedCalls.map(\.request)
            + [FaultWorld.region()]

        let asking = try DocumentedOperation.all(of: .v1).filter { ["bearer", "sign"].contains($0.security) }

        #expect(asking.count == requests.count)
        for operation in asking {
            #expect(requests.contains { operation.answers($0.method, $0.target) }, "\(operation)")
        }
    }

    /// The contract lists the error of every fault; a path that it does not have is 404.
    private func expectDocumented(_ fault: FaultCase, request: APIRequest) throws {
        let operations = try DocumentedOperation.all(of: .v1)
        let operation = operations.first { $0.answers(request.method, request.target) }
        let errors = operation?.errors ?? [404]
        #expect(errors.contains(fault.error), "\(request.method) \(request.target)")
    }
}

/// Starts one server for all cases of a suite, and makes the world that they are sent to.
struct OneFaultWorld: SuiteTrait, TestScoping {
    @TaskLocal static var world: FaultWorld?

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withAPI {
            $0.limits.failedCredentialsPerAddress = 100_000
            $0.limits.failedLoginsPerAddress = 100_000
        } _: { rig in
            let world = try await FaultWorld(rig)
            try await Self.$world.withValue(world, operation: function)
        }
    }
}

extension Trait where Self == OneFaultWorld {
    static var oneFaultWorld: OneFaultWorld { OneFaultWorld() }
}
