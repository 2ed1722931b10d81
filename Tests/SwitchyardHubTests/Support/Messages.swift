import CoolkitWire
import NIOCore
import SwitchyardCore
import Synchronization

@testable import SwitchyardHub

extension Envelope {
    /// The envelope of a message, as the hub gets it.
    init(_ text: String) throws { try self.init(scanning: ByteBuffer(string: text)) }
}

extension AppStep {
    /// What goes out, or what is to be done, in a form that can be compared.
    var text: String {
        switch self {
        case .answer(let frame), .time(let frame): String(buffer: frame)
        case .command(let id, let params, let sequence, let claim):
            "command \(id) \(String(buffer: params)) \(sequence?.contents ?? "-")\(claim.text)"
        case .upgrade(let id, let params, let sequence, let claim):
            "upgrade \(id) \(String(buffer: params)) \(sequence?.contents ?? "-")\(claim.text)"
        case .query(let id, let names, let sequence, let claim):
            "query \(id) \(names) \(sequence?.contents ?? "-")\(claim.text)"
        case .share(let request, let sequence):
            "\(request.kind) \(request.device) \(request.params.uid) \(sequence?.contents ?? "-")"
        case .decision(let sequence, let accepts, let device):
            "\(accepts ? "accept" : "refuse") \(sequence.contents) \(device?.rawValue ?? "-")"
        case .handshakeAgain: "handshake again"
        case .sayRevoked: "say revoked"
        }
    }
}

extension APIKeyClaim {
    /// Empty for what every owner may do.
    fileprivate var text: String {
        switch self {
        case .other(let text): " as \(text)"
        case .notAsked, .missing, .own: ""
        }
    }
}

extension DeviceStep {
    /// What goes out, or what is to be done, in a form that can be compared.
    var text: String {
        func json(_ value: ByteBuffer?) -> String { value.map { String(buffer: $0) } ?? "-" }
        return switch self {
        case .answer(let frame): String(buffer: frame)
        case .report(let params, let deviceSequence, let seq):
            "report \(json(params)) \(json(deviceSequence)) \(json(seq))"
        case .query(let names, let deviceSequence): "query \(names) \(json(deviceSequence))"
        case .subDevices(let report, let params, let deviceSequence):
            "sub-devices \(report.entries.map(\.id)) \(json(params)) \(json(deviceSequence))"
        case .reachable(let isReachable, let deviceSequence): "reachable \(isReachable) \(json(deviceSequence))"
        case .named(let name, let deviceSequence): "named \(name) \(json(deviceSequence))"
        case .acked(let command, .acknowledged(let ack)):
            "acked \(command.sequence?.contents ?? "-") \(json(ack.config)) \(json(ack.params)) \(json(ack.deviceSequence))"
        case .acked(let command, .refused(let number)): "refused \(command.sequence?.contents ?? "-") \(number)"
        case .acked(_, let outcome): "ended \(outcome)"
        case .registerAgain(let registration, let deviceSequence):
            "register again \(registration.id) \(json(deviceSequence))"
        case .refuse(let frame): "refuse \(String(buffer: frame))"
        case .ignore: "ignore"
        }
    }
}

/// A sender of commands that keeps how each one ended.
final class RecordingOrigin: CommandOrigin {
    private let recorded = Mutex<[String]>([])

    func commandFinished(_ command: DeviceCommand, _ outcome: CommandOutcome) {
        let name =
            switch outcome {
            case .acknowledged: "acknowledged"
            case .refused(let number): "refused \(number)"
            case .offline: "offline"
            case .timedOut: "timed out"
            case .busy: "busy"
            }
        recorded.withLock { $0.append(name) }
    }

    var outcomes: [String] { recorded.withLock { $0 } }
}
