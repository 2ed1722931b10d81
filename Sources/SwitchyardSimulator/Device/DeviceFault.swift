import CoolkitWire

/// A fault that a simulated device shows on demand.
package struct DeviceFault: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Applies a command, then loses the connection before it has acknowledged.
        case drop
        /// Acknowledges and reports late.
        case slow
        /// Hangs: neither applies nor acknowledges a command.
        case noack
        /// Sends acknowledgements and reports cut in the middle.
        case badjson
        /// Connects and disconnects in a rhythm.
        case flap
    }

    package let kind: Kind
    /// How often it strikes, in millionths.
    package var millionths = 1_000_000
    /// Of `slow`: how late.
    package var delay = Duration.seconds(3)
    /// Of `flap`: how long the device stays online.
    package var up = Duration.seconds(20)
    /// Of `flap`: how long it stays away.
    package var down = Duration.seconds(5)

    package init(_ kind: Kind) { self.kind = kind }

    /// Reads `NAME`, or `NAME:KEY=VALUE,…` with `p` (0 to 1), `delay`, `up` and `down` (seconds, up to a day).
    ///
    /// - Throws: `SimulatorError` that says what is wrong.
    package init(_ text: String) throws(SimulatorError) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let kind = halves.first.flatMap({ Kind(rawValue: String($0)) }) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw SimulatorError(.invalidInput, "fault '\(text)' is none of \(known)")
        }
        self.init(kind)
        guard halves.count == 2 else { return }
        for setting in halves[1].split(separator: ",", omittingEmptySubsequences: false) {
            try set(setting, of: text)
        }
    }

    private mutating func set(_ setting: Substring, of text: String) throws(SimulatorError) {
        let words = setting.split(separator: "=", omittingEmptySubsequences: false)
        guard words.count == 2, let value = Double(words[1]), value.isFinite, value >= 0 else {
            throw SimulatorError(.invalidInput, "fault '\(text)' is written NAME:KEY=NUMBER,…")
        }
        let time = Duration.milliseconds(Int64((min(value, 86_400) * 1_000).rounded()))
        switch (String(words[0]), kind) {
        case ("p", _) where kind != .flap && value <= 1: millionths = Int((value * 1_000_000).rounded())
        case ("delay", .slow) where value <= 86_400: delay = time
        case ("up", .flap) where value <= 86_400: up = time
        case ("down", .flap) where value <= 86_400: down = time
        default: throw SimulatorError(.invalidInput, "'\(setting)' is no setting of fault \(kind.rawValue)")
        }
    }
}

/// The faults of one device, and the chance by which they strike.
struct DeviceFaults: Sendable {
    private let faults: [DeviceFault]
    private var chance: SplitMix64

    init(_ faults: [DeviceFault], seed: UInt64) {
        self.faults = faults
        chance = SplitMix64(seed: seed)
    }

    /// The first fault of this kind that strikes now.
    mutating func strike(_ kind: DeviceFault.Kind) -> DeviceFault? {
        for fault in faults where fault.kind == kind {
            if Int.random(in: 0..<1_000_000, using: &chance) < fault.millionths { return fault }
        }
        return nil
    }

    /// A message cut in its middle.
    mutating func cut(_ message: JSONObject) -> String {
        let text = JSON.object(message).text.utf8
        let length = Int.random(in: 1..<max(2, text.count), using: &chance)
        return String(decoding: text.prefix(length), as: UTF8.self)
    }
}
