import CoolkitWire
import Testing

/// All cases go to one server, one after the other: that each changes nothing is what keeps them apart.
@Suite("Every fault of the table of version 2", .serialized, .oneFaultWorld)
struct V2FaultTableTests {
    @Test("A fault gets its error in the envelope, as HTTP 200, and changes nothing", arguments: V2FaultTable.all)
    func fault(_ fault: FaultCase) async throws {
        let world = try #require(OneFaultWorld.world)
        let before = try await StoreContents(of: world.rig.store)

        let request = fault.request(world)
        let answer = try await world.rig.send(request)

        #expect(answer.error == fault.error, "\(answer.text)")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer.keys == ["error", "msg", "data"])
        #expect(answer["msg"]?.stringValue?.isEmpty == false)
        #expect(answer["data"]?.objectValue != nil)
        #expect(try await StoreContents(of: world.rig.store) == before)
        try expectDocumented(fault, request: request)
    }

    @Test("Each operation of the contract that asks for a token or a signature is tried with every fault of these")
    func everyOperationIsTried() async throws {
        let world = try #require(OneFaultWorld.world)
        let requests = (V2Call.bearer + V2Call.signed).map { $0.request(world) }

        let asking = try DocumentedOperation.all(of: .v2).filter { ["bearer", "sign"].contains($0.security) }

        #expect(asking.count == requests.count)
        for operation in asking {
            #expect(requests.contains { operation.answers($0.method, $0.target) }, "\(operation)")
        }
    }

    /// The contract lists the error of every fault; a path that it does not have is 403.
    private func expectDocumented(_ fault: FaultCase, request: APIRequest) throws {
        let operation = try DocumentedOperation.all(of: .v2).first { $0.answers(request.method, request.target) }
        let errors = operation?.errors ?? [403]
        #expect(errors.contains(fault.error), "\(request.method) \(request.target)")
    }
}
