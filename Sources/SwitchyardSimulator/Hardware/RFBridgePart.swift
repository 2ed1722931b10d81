import CoolkitWire

/// An RF bridge: learns the codes of remotes, sends them, and tells when it hears one.
///
/// Source: `uiid-catalogue.md` §8, uiid 28, and "RF bridge learning sequence".
struct RFBridgePart: HardwarePart {
    /// How many codes the bridge can keep.
    static let channelCount = 64
    /// How long it takes until somebody presses a button of the remote to learn.
    static let learningTime = Duration.seconds(2)

    private var learning: (channel: Int, endsAt: Duration)?

    var due: Duration? { learning?.endsAt }
    var reads: Bool { true }

    mutating func prepare(_ command: inout JSONObject, _ state: inout HardwareState) {
        guard let word = command["cmd"] else { return }
        let channel = command["rfChl"]?.intValue
        switch (word.stringValue, channel) {
        case ("capture", let channel?) where (0..<Self.channelCount).contains(channel):
            learning = (channel, state.now + Self.learningTime)
        case ("captureCancel", _):
            learning = nil
        case ("edit", let channel?) where (0..<Self.channelCount).contains(channel):
            edit(channel, code: command["rfVal"], &state)
        case ("transmit", let channel?) where isKnown(channel, state):
            break
        case ("trigger", _):
            break
        default:
            state.refuse()
        }
    }

    mutating func fire(_ state: inout HardwareState) {
        guard let (channel, _) = learning else { return }
        learning = nil
        let code = String(state.chance.next() >> 16, radix: 16, uppercase: true)
        learn(channel, code: .string(String(repeating: "0", count: 24 - code.count) + code), &state)
    }

    /// A remote is heard, if one is known and the bridge listens.
    mutating func read(_ state: inout HardwareState) {
        let known = state.params["rfList"]?.arrayValue ?? []
        guard state.params["setState"] == "arm", !known.isEmpty, state.happens(oneIn: 20),
            let channel = known.randomElement(using: &state.chance)?["rfChl"]?.intValue
        else { return }
        state.tell("cmd", "trigger")
        state.tell("rfTrig\(channel)", .string(state.moment.wall.iso8601))
    }

    /// Gives a channel another code.
    ///
    /// Assumption: `edit` gives a channel the code that comes with it, and without one is about names, which the app
    /// keeps in its tags. A capture of an edit would settle it.
    private func edit(_ channel: Int, code: JSON?, _ state: inout HardwareState) {
        guard let code else { return }
        guard code.stringValue != nil else { return state.refuse() }
        learn(channel, code: code, &state)
    }

    /// Reports the complete list.
    private func learn(_ channel: Int, code: JSON, _ state: inout HardwareState) {
        var list = (state.params["rfList"]?.arrayValue ?? []).filter { $0["rfChl"]?.intValue != channel }
        list.append(["rfChl": JSON(channel), "rfVal": code])
        list.sort { ($0["rfChl"]?.intValue ?? 0) < ($1["rfChl"]?.intValue ?? 0) }
        state.tell("rfList", .array(list))
    }

    private func isKnown(_ channel: Int, _ state: HardwareState) -> Bool {
        state.params["rfList"]?.arrayValue?.contains { $0["rfChl"]?.intValue == channel } ?? false
    }
}

/// The radio of a gateway: told to search, it finds one more sub-device.
///
/// Source: `uiid-catalogue.md` §8, uiid 66: `addSubDevState`, `addTime`, `subDevices`.
struct SubDeviceSearchPart: HardwarePart {
    /// The most sub-devices of one gateway.
    static let maximumSubDevices = 32
    static let searchTime = Duration.seconds(5)

    private let candidates: [Int]
    private var findsAt: Duration?

    init(_ candidates: [Int]) { self.candidates = candidates }

    var due: Duration? { findsAt }

    mutating func follow(_ changed: JSONObject, _ state: inout HardwareState) {
        guard let searching = changed["addSubDevState"] else { return }
        findsAt = searching == "on" ? state.now + Self.searchTime : nil
    }

    mutating func fire(_ state: inout HardwareState) {
        findsAt = nil
        state.set("addSubDevState", "off")
        let count = state.params["subDevices"]?.arrayValue?.count ?? 0
        guard count < Self.maximumSubDevices, let uiid = candidates.randomElement(using: &state.chance) else { return }
        state.find(uiid)
    }
}
