import Foundation
import FuzzTargets
import Testing

/// What fuzzing starts from and what it has found, in every test run.
@Suite struct ReplayTests {
    /// Of each input; `scripts/fuzz` tries millions.
    private static let mutations = 40

    @Test("What fuzzing starts from and what it has found holds", arguments: FuzzTarget.all.map(\.name))
    func replay(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try Inputs.of(target)
        try #require(inputs.count >= 5, "a target needs something to start from")
        for input in inputs { expectHolds(target, input.bytes, "\(input.name)") }
    }

    @Test("So do changes of it, the same in each run", arguments: FuzzTarget.all.map(\.name))
    func mutations(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try Inputs.of(target)
        for (index, input) in inputs.enumerated() {
            var mutation = Mutation(seed: UInt64(index), pool: inputs.map(\.bytes))
            for round in 0..<Self.mutations {
                let bytes = Array(mutation.changed(input.bytes).prefix(target.maximumBytes))
                expectHolds(target, bytes, "\(input.name), round \(round): \(Data(bytes).base64EncodedString())")
            }
        }
    }

    @Test("Every folder of inputs belongs to a target")
    func folders() throws {
        let names = Set(FuzzTarget.all.map(\.name))
        for folder in ["Corpus", "Findings"] { #expect(names.isSuperset(of: try Inputs.folders(in: folder))) }
    }

    private func expectHolds(_ target: FuzzTarget, _ bytes: [UInt8], _ comment: Comment) {
        #expect(throws: Never.self, comment) { try bytes.withUnsafeBytes { try target.run($0) } }
    }
}

/// The files below `Fuzz/`.
private enum Inputs {
    typealias Input = (name: String, bytes: [UInt8])

    private static let root = URL(filePath: #filePath).appending(path: "../../../Fuzz").standardized

    static func of(_ target: FuzzTarget) throws -> [Input] {
        try ["Corpus", "Findings"].flatMap { kind in
            let folder = root.appending(path: kind).appending(path: target.name)
            return try names(in: folder).map { name in
                (kind + "/" + name, Array(try Data(contentsOf: folder.appending(path: name))))
            }
        }
    }

    static func folders(in kind: String) throws -> [String] { try names(in: root.appending(path: kind)) }

    private static func names(in folder: URL) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
    }
}
