/// One thing wrong with the configuration: where it stands, what is wrong, and what to do.
package struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// `data/switchyard.yaml:12: protocol.hbInterval`, `SWITCHYARD_REGION`, `--port`.
    package let place: String
    package let problem: String

    package init(place: String, problem: String) {
        self.place = place
        self.problem = problem
    }

    package var description: String { "\(place): \(problem)" }
}

/// All faults of a configuration, together.
package struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty.
    package let faults: [ConfigurationFault]

    package init(_ faults: [ConfigurationFault]) { self.faults = faults }

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
