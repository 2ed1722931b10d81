import CoolkitWire
import SwitchyardSimulator
import Testing

/// A device's behaviour with a hand on its clock: what a runner does, without sockets.
struct DeviceRig {
    static let owner = "aaaa1111-bbbb-4ccc-8ddd-eeee22220001"
    static let goodRegister =
        #"{"error":0,"deviceid":"1000a1b2c3","apikey":"\#(owner)","config":{"hb":1,"hbInterval":145}}"#
    static let date = #"{"error":0,"deviceid":"1000a1b2c3","date":"2023-11-14T22:20:00.000Z"}"#
    static let good = #"{"error":0,"deviceid":"1000a1b2c3"}"#
    static let noTimers = #"{"error":0,"deviceid":"1000a1b2c3","params":0}"#

    var behaviour: DeviceBehaviour
    var now = Duration.zero
    /// The attempt that the last `connect` asked for.
    private(set) var attempt = 0
    /// The timers that were set last, by purpose.
    private(set) var timers: [DeviceTimer.Purpose: (timer: DeviceTimer, wait: Duration)] = [:]
    /// When the timers fire that have not been fired.
    private var moments: [DeviceTimer.Purpose: Duration] = [:]

    /// - Parameter subDevices: of a gateway, in place of its usual ones.
    init(
        _ kind: SimulatedDeviceKind = .singleSwitch,
        subDevices: [Int]? = nil,
        settings: DeviceSettings = DeviceSettings()
    ) {
        var identity = Self.identity(kind)
        if let subDevices { identity.subDevices = subDevices.compactMap { SimulatedDeviceKind(uiid: $0) } }
        behaviour = DeviceBehaviour(
            identity: identity,
            settings: settings,
            startedAt: UnixTime(seconds: 1_700_000_000)
        )
    }

    static func identity(_ kind: SimulatedDeviceKind = .singleSwitch) -> SimulatedDeviceIdentity {
        SimulatedDeviceIdentity(
            deviceID: DeviceID(unchecked: "1000a1b2c3"),
            factoryKey: APIKey(unchecked: "d0d0d0d0-1111-4222-8333-444455550001"),
            kind: kind
        )
    }

    /// A device of this uiid that is online, at time zero.
    static func online(
        uiid: Int,
        subDevices: [Int]? = nil,
        settings: DeviceSettings = DeviceSettings(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> DeviceRig {
        let kind = try #require(SimulatedDeviceKind(uiid: uiid), sourceLocation: sourceLocation)
        return online(kind, subDevices: subDevices, settings: settings)
    }

    /// The params that were reported by the device itself.
    static func reports(_ actions: [DeviceAction]) -> [JSONObject] {
        actions.told.compactMap { if case .report(let params) = $0 { params } else { nil } }
    }

    /// The params that were reported by sub-devices.
    static func subDeviceReports(_ actions: [DeviceAction]) -> [JSONObject] {
        actions.told.compactMap { if case .subDeviceReport(_, let params) = $0 { params } else { nil } }
    }

    /// Feeds one input and remembers attempt and timers of the actions.
    @discardableResult
    mutating func feed(_ input: DeviceInput) -> [DeviceAction] {
        let actions = behaviour.handle(input, at: now)
        for action in actions {
            switch action {
            case .connect(let number, _): attempt = number
            case .setTimer(let timer, let wait):
                timers[timer.purpose] = (timer, wait)
                moments[timer.purpose] = now + wait
            default: break
            }
        }
        return actions
    }

    /// Feeds a text message on the current connection.
    @discardableResult
    mutating func receive(_ text: String) -> [DeviceAction] { feed(.arrived(attempt: attempt, .text(text))) }

    /// Moves the clock to the moment of the timer and lets it fire.
    @discardableResult
    mutating func fire(_ purpose: DeviceTimer.Purpose) throws -> [DeviceAction] {
        let (timer, wait) = try #require(timers[purpose], "no timer for \(purpose) was set")
        now += wait
        moments[purpose] = nil
        return feed(.timerFired(timer))
    }

    /// Lets `time` pass, with everything that happens at the device itself meanwhile.
    @discardableResult
    mutating func live(for time: Duration) -> [DeviceAction] {
        let own: [DeviceTimer.Purpose] = [.reading, .signal, .hardware, .lateAnswer, .flap, .reconnect]
        let end = now + time
        var actions: [DeviceAction] = []
        while let next = own.compactMap({ purpose in moments[purpose].map { (purpose, $0) } }).min(by: { $0.1 < $1.1 }),
            next.1 <= end, let timer = timers[next.0]?.timer
        {
            now = max(now, next.1)
            moments[next.0] = nil
            actions += feed(.timerFired(timer))
        }
        now = end
        return actions
    }

    /// Connects and registers; `answer` is what `register` is answered with.
    @discardableResult
    mutating func register(answer: String = goodRegister) -> [DeviceAction] {
        if attempt == 0 { feed(.started) }
        feed(.connected(attempt: attempt))
        return receive(answer)
    }

    /// Goes through the whole start-up talk.
    @discardableResult
    mutating func goOnline(registerAnswer: String = goodRegister) -> [DeviceAction] {
        register(answer: registerAnswer)
        receive(Self.date)
        receive(Self.good)
        let actions = receive(Self.noTimers)
        // A gateway has told of its sub-devices.
        return behaviour.isOnline ? actions : receive(Self.good)
    }

    /// A device that is online, at time zero.
    static func online(
        _ kind: SimulatedDeviceKind = .singleSwitch,
        subDevices: [Int]? = nil,
        settings: DeviceSettings = DeviceSettings()
    ) -> DeviceRig {
        var rig = DeviceRig(kind, subDevices: subDevices, settings: settings)
        rig.goOnline()
        return rig
    }
}

extension [DeviceAction] {
    /// The messages among the actions.
    var sent: [JSONObject] {
        compactMap { if case .send(let message) = $0 { message } else { nil } }
    }

    /// The events among the actions.
    var told: [SimulatedDeviceEvent] {
        compactMap { if case .tell(let event) = $0 { event } else { nil } }
    }
}

/// Reads a JSON object written in a test.
func object(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONObject {
    try #require(try JSON(parsing: text).objectValue, sourceLocation: sourceLocation)
}
