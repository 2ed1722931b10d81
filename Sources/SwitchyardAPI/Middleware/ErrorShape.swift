import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

/// How an error looks on a path: each family of endpoints has its own members.
///
/// Source: `coolkit-v1-http.md` §1.4, §3.3, §3.8, §5.1, §5.3, `coolkit-v2-http.md` §1.
enum ErrorShape {
    /// `{"error":N,"msg":"…","info":"…"}`: older clients read `info`, newer ones `msg`.
    case plain
    /// Version 2: `{"error":N,"msg":"…","data":{}}`.
    case version2
    /// With `errmsg` as well.
    case deviceStatus
    /// `{"code":N,"error":"…"}`: here `error` is a text, unless the caller was not let in at all.
    case deviceAddition
    /// `{"error":N,"reason":"…"}`, and 401 for whoever brings no token.
    case appDispatch
    /// All four members of the answer, as OPL1000 firmware asks for each of them.
    case deviceDispatch
    /// A download: real HTTP statuses, which is all that firmware looks at.
    case download
    /// A path outside the protocol: the only one with an HTTP status of its own.
    case foreignPath

    /// The shape for a path; empty parts do not count.
    init(path: String) {
        switch path.split(separator: "/").map(String.init) {
        case ["api", "user", "device", "status"]: self = .deviceStatus
        case ["api", "user", "device", "add"], ["api", "user", "device", "addGsm"]: self = .deviceAddition
        case ["dispatch", "app"]: self = .appDispatch
        case ["dispatch", "device"], ["dispatch", "deviceSimple"]: self = .deviceDispatch
        case let parts where parts.first == "api": self = .plain
        case let parts where parts.first == "v2": self = .version2
        case ["otaother", "app"]: self = .plain
        case let parts where parts.first == "ota": self = .download
        default: self = .foreignPath
        }
    }

    /// The number for `error` on this path.
    func number(of error: SwitchyardError) -> Int {
        switch (self, error.code) {
        case (.version2, let code): code.version2Code.rawValue
        // Dispatch has no 406. Source: the seed's table, `coolkit-v1-http.md` §1.4.
        case (.appDispatch, .tokenMissing), (.appDispatch, .authenticationFailed): WireCode.unauthorized.rawValue
        default: error.wireNumber
        }
    }

    /// The answer to a request that ended in `error`.
    ///
    /// In Chinese a text stands for the code; that of a missing token is for programs and stays. `reason` is never
    /// translated. Source: `coolkit-v1-http.md` §3.1 (`lang`), §1.4.
    func response(to error: SwitchyardError, in language: Language = .english) -> Response {
        let number = number(of: error)
        let isTranslated = language == .chinese && error.code != .tokenMissing
        let text = isTranslated ? error.code.chineseText : error.message
        switch self {
        case .plain: return .object { Self.write(error, text, number: number, into: &$0) }
        case .version2: return Self.version2Failure(error, isTranslated ? text : error.version2Message)
        case .deviceStatus:
            return .object { object in
                object.add("error", number)
                object.add("errmsg", text)
                object.add("msg", text)
                object.add("info", text)
            }
        case .deviceAddition: return Self.additionFailure(error, text, number: number)
        case .appDispatch:
            return .object { object in
                object.add("error", number)
                object.add("reason", error.code == .tokenMissing ? "access token is missing" : error.message)
            }
        case .deviceDispatch: return Self.deviceDispatchFailure(number: number)
        case .download:
            return .object(status: error.code.downloadStatus) { Self.write(error, text, number: number, into: &$0) }
        case .foreignPath:
            return .object(status: error.code == .pathUnknown ? .notFound : .ok) {
                Self.write(error, text, number: number, into: &$0)
            }
        }
    }

    private static func write(_ error: SwitchyardError, _ text: String, number: Int, into object: inout JSONMembers) {
        object.add("error", number)
        if let region = error.data.region { object.add("region", region) }
        object.add("msg", text)
        object.add("info", text)
    }

    /// `data` is an object always; with a redirect it names the region.
    private static func version2Failure(_ error: SwitchyardError, _ text: String) -> Response {
        .object { object in
            object.add("error", error.code.version2Code.rawValue)
            object.add("msg", text)
            object.add("data") { data in
                if let region = error.data.region { data.add("region", region) }
            }
        }
    }

    /// A caller who is not let in hears it as everywhere else, with the number in both places: clients look at `error` to
    /// log in again.
    private static func additionFailure(_ error: SwitchyardError, _ text: String, number: Int) -> Response {
        let isCallerRefused: Bool =
            switch error.code {
            case .tokenMissing, .tokenUnknown, .tokenExpired, .authenticationFailed: true
            default: false
            }
        return .object { object in
            if isCallerRefused {
                object.add("error", number)
                object.add("code", number)
            } else {
                object.add("code", number)
                object.add("error", text)
            }
            object.add("msg", text)
            if isCallerRefused { object.add("info", text) }
        }
    }

    /// Firmware keeps 32 bytes for the reason.
    private static func deviceDispatchFailure(number: Int) -> Response {
        .object { object in
            object.add("error", number)
            object.add("reason", number == WireCode.badRequest.rawValue ? "bad request" : "server error")
            object.add("IP", "")
            object.add("port", 0)
        }
    }
}

extension SwitchyardError {
    /// The text of version 2, where that of version 1 is a captured one.
    ///
    /// Source: `coolkit-v2-http.md` §1.4, §2.3; an answer of the original to a wrong signature in a public report.
    fileprivate var version2Message: String {
        switch code {
        case .tokenMissing: "access token is missing"
        case .tokenUnknown: "cannot found access token info"
        case .authenticationFailed: "sign verification failed"
        case .otherRegion: "redirection"
        default: message
        }
    }
}

extension SwitchyardError.Code {
    /// The HTTP status of a download that failed.
    ///
    /// Source: `coolkit-v1-http.md` §6.3, `coolkit-device-side.md` §7.
    fileprivate var downloadStatus: HTTPResponse.Status {
        switch self {
        case .notFound, .pathUnknown: .notFound
        case .forbidden: .forbidden
        case .busy: .serviceUnavailable
        case .invalidInput: .badRequest
        default: .internalServerError
        }
    }
}
