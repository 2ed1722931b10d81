extension DeviceDefaults {
    /// The `params` of a device that has not reported yet: a JSON object of the form its first full report has.
    ///
    /// Multi-channel devices get all four entries of `switches`, as hardware with fewer channels reports them too and some
    /// clients index them unseen. `{}` where the catalogue has no defaults. Source: `uiid-catalogue.md` §1, §3 to §8,
    /// `coolkit-v1-http.md` §8 point 4.
    package static func params(uiid: Int) -> [UInt8] {
        let own = ownParams(uiid: uiid)
        guard !own.isEmpty else { return Array("{}".utf8) }
        return Array("{\(own),\(commonParams)}".utf8)
    }

    /// What most first reports end with.
    private static let commonParams = #""sledOnline":"on","rssi":-55,"fwVersion":"3.0.1","init":1,"version":8"#

    private static let singleChannel = #""switch":"off","startup":"off","pulse":"off","pulseWidth":500"#

    private static let fourOutlets: String = {
        let outlets = 0..<4
        let switches = outlets.map { #"{"switch":"off","outlet":\#($0)}"# }.joined(separator: ",")
        let configure = outlets.map { #"{"startup":"off","outlet":\#($0)}"# }.joined(separator: ",")
        let pulses = outlets.map { #"{"pulse":"off","width":1000,"outlet":\#($0)}"# }.joined(separator: ",")
        return #""switches":[\#(switches)],"configure":[\#(configure)],"pulses":[\#(pulses)]"#
    }()

    private static func ownParams(uiid: Int) -> String {
        switch uiid {
        case 1, 6, 14, 24, 27: singleChannel
        case 5, 32: singleChannel + "," + meter(uiid: uiid)
        case 15: singleChannel + "," + thermostat
        case 77, 78, 81, 107, 112, 138, 160, 209, 268: fourOutlets
        case 182, 190, 276: fourOutlets + #","power":"0.00","current":"0.00","voltage":"0.00""#
        case 34: fourOutlets
        case _ where channelCount(uiid: uiid) > 1 && ![126, 130, 133].contains(uiid): fourOutlets + #","lock":0"#
        default: lightOrOther(uiid: uiid)
        }
    }

    /// Natural units as texts; the alarms are of uiid 32 only.
    ///
    /// Source: `uiid-catalogue.md` §5.
    private static func meter(uiid: Int) -> String {
        let values = #""power":"0.00","voltage":"0.00","current":"0.00","oneKwh":"stop","startTime":"","endTime":"""#
        guard uiid == 32 else { return values }
        return values + #","alarmType":"","alarmVValue":[-1,-1],"alarmCValue":[-1,-1],"alarmPValue":[-1,-1]"#
    }

    /// Source: `uiid-catalogue.md` §6.
    private static let thermostat =
        #""mainSwitch":"off","deviceType":"normal","sensorType":"errorType","currentTemperature":"unavailable","#
        + #""currentHumidity":"unavailable","targets":[{"targetHigh":"22","reaction":{"switch":"off"}},"#
        + #"{"targetLow":"20","reaction":{"switch":"on"}}]"#

    /// Source: `uiid-catalogue.md` §6 to §8.
    private static func lightOrOther(uiid: Int) -> String {
        switch uiid {
        case 11: #""switch":"off","setclose":0"#
        case 16: #""state":"off","channel0":"255","channel1":"0","type":"cold""#
        case 22:
            #""state":"off","channel0":"255","channel1":"0","channel2":"0","channel3":"0","channel4":"0","zyx_mode":1"#
        case 28: #""cmd":"trigger","rfList":[],"setState":"disarm""#
        case 36: #""switch":"off","bright":100"#
        case 44: #""switch":"off","brightness":100,"mode":0"#
        case 57: #""state":"off","channel0":"255""#
        case 59:
            #""switch":"off","light_type":1,"bright":100,"colorR":255,"colorG":255,"colorB":255,"mode":1,"speed":50,"#
                + #""sensitive":5"#
        case 102: #""switch":"off","battery":3,"type":4"#
        case 103, 135: #""switch":"off","ltype":"white","white":{"br":100,"ct":127}"#
        case 104, 136:
            #""switch":"off","ltype":"white","white":{"br":100,"ct":100},"color":{"br":100,"r":255,"g":255,"b":255}"#
        default: ""
        }
    }
}
