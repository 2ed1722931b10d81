package import CoolkitWire

/// What is assumed of a device as long as neither its owner nor the device itself has said otherwise.
///
/// The server never interprets any of it: apps draw their controls by `uiid` and show the texts. Source: `uiid-catalogue.md`.
package enum DeviceDefaults {
    /// A single-channel switch: what a device is taken for when nothing is known of it.
    package static let uiid = 1

    // MARK: What kind of device it is

    /// The uiid that a model most likely has, as it stands in `dispatch` and `register`; nil for an unknown model.
    ///
    /// A guess by nature: one model was sold under several uiids (the seed's own example has a `PSA-B11-GL` of uiid 6).
    /// Source: `uiid-catalogue.md` §11 (b).
    package static func uiid(model: String) -> Int? {
        switch model {
        case "ITA-GZ1-GL", "PSA-B01-GL", "PSC-B01-GL", "PSF-B01-GL", "PSA-B11-GL", "PSF-BD1-GL": 1
        case "PSF-B04-GL", "PSB-B04-GL": 4
        case "PSF-B67-GL": 32
        case "PSA-BHA-GL", "SMA-BHA": 15
        case "PSF-BFB-GL": 34
        case "PSF-BRB-GL", "SMA-BRB": 28
        case "PSF-BTA-GL", "PSA-BTA": 11
        case "PSF-BLD-GL": 44
        case _ where model.hasPrefix("PSD-"): 102
        default: nil
        }
    }

    /// The uiid that the shape of a device's first full report suggests.
    ///
    /// Source: `uiid-catalogue.md` §11 (c).
    package static func uiid(reporting params: ParamsDocument) -> Int {
        if let switches = params.value(of: "switches") {
            // A value of the document is JSON by construction.
            let count = (try? JSON(parsing: switches))?.arrayValue?.count ?? 0
            return (2...4).contains(count) ? count : 4
        }
        let signs = [("power", 32), ("currentTemperature", 15), ("rfList", 28), ("channel0", 22)]
        return signs.first { params.value(of: $0.0) != nil }?.1 ?? uiid
    }

    /// How many channels apps show for a uiid; 1 where the catalogue names no number.
    ///
    /// Source: `uiid-catalogue.md` §4.
    package static func channelCount(uiid: Int) -> Int {
        switch uiid {
        case 2, 7, 29, 82, 113, 126, 133, 139, 161, 165, 210, 275: 2
        case 3, 8, 30, 83, 114, 140, 162, 211: 3
        case 4, 9, 31, 34, 41, 84, 130, 141, 163, 212, 262: 4
        default: 1
        }
    }

    // MARK: Texts

    /// `extra.extra.ui`: the name of the user interface.
    ///
    /// The first is the seed's own text, the rest are in its manner.
    package static func interfaceName(uiid: Int) -> String {
        switch uiid {
        case 5, 32, 182, 190, 191: "Power Detection Switch"
        case 11, 67, 91, 258: "Curtain"
        case 15, 181: "Thermostat Switch"
        case 16, 22, 52, 56, 57, 103, 104, 135, 136: "LED Bulb"
        case 17: "Fan"
        case 18: "Environment Sensor"
        case 19, 25: "Humidifier"
        case 28, 90, 98: "RF Bridge"
        case 33, 59, 137, 173: "Light Strip"
        case 34: "Fan Light"
        case 36, 44, 277: "Dimmer"
        case 66, 128, 168, 243: "Gateway"
        case 102, 154: "Door Sensor"
        case 127: "Thermostat"
        case 133: "Panel"
        default:
            switch channelCount(uiid: uiid) {
            case 2: "Double Channel Switch"
            case 3: "Triple Channel Switch"
            case 4: "Four Channel Switch"
            default: "Single Channel Switch"
            }
        }
    }

    /// `brandName`, never empty: as known, else the maker of the known models.
    ///
    /// Source: `coolkit-v1-http.md` §1.6 (non-null), `uiid-catalogue.md` §3 to §8 (names of models).
    package static func brandName(of facts: DeviceFacts) -> String {
        guard facts.brandName.isEmpty else { return facts.brandName }
        return uiid(model: facts.model) == nil ? "eWeLink" : "SONOFF"
    }

    /// `productModel`, never empty: as known, else the factory's model, else the name of the user interface.
    package static func productModel(of facts: DeviceFacts) -> String {
        if !facts.productModel.isEmpty { return facts.productModel }
        return facts.model.isEmpty ? interfaceName(uiid: facts.uiid) : facts.model
    }

    /// `modelInfo`: 24 hex characters, the same for all devices of a uiid.
    ///
    /// Assumption: no client looks behind it; a client that does would settle what it holds.
    package static func modelRecordID(uiid: Int) -> String { recordID(UInt64(truncatingIfNeeded: uiid)) }

    /// `brandId`: 24 hex characters, the same for all devices of a brand (FNV-1a of its name).
    ///
    /// Assumption: as for `modelInfo`.
    package static func brandRecordID(of facts: DeviceFacts) -> String {
        recordID(brandName(of: facts).utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }

    private static func recordID(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "59000000" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
