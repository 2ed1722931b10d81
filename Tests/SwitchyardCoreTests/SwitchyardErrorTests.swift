import CoolkitWire
import SwitchyardCore
import Testing

@Suite("Errors")
struct SwitchyardErrorTests {
    /// Spelled out: what clients and firmware see.
    private static let numbers: [SwitchyardError.Code: Int] = [
        .invalidInput: 400,
        .malformedDeviceID: 401,
        .wrongPassword: 401,
        .wrongOldPassword: 405,
        .tokenNotMade: 401,
        .addresseeUnknown: 401,
        .codeWrong: 498,
        .codeAskedTooOften: 160_038,
        .sendingFailed: 504,
        .tokenMissing: 406,
        .tokenUnknown: 401,
        .tokenExpired: 402,
        .authenticationFailed: 406,
        .signatureWrong: 401,
        .forbidden: 403,
        .accountNotFound: 404,
        .deviceNotFound: 404,
        .notFound: 404,
        .alreadyExists: 409,
        .deviceOwnedByAnother: 409,
        .deviceDeleted: 415,
        .deviceOffline: 503,
        .deviceTimeout: 504,
        .deviceRefused: 500,
        .otherRegion: 301,
        .busy: 503,
        .storageFailed: 500,
        .internalFault: 500,
    ]

    @Test("Every error has its number on the wire", arguments: SwitchyardError.Code.allCases)
    func wireNumber(code: SwitchyardError.Code) {
        #expect(SwitchyardError(code, "").wireNumber == Self.numbers[code])
        #expect(code.wireCode.rawValue == Self.numbers[code])
    }

    @Test("Every error has a text in Chinese", arguments: SwitchyardError.Code.allCases)
    func chineseText(code: SwitchyardError.Code) {
        #expect(code.chineseText.contains { !$0.isASCII })
    }

    @Test("A device's own number is passed on, and stands for nothing else", arguments: [0, 1, -1, 400, 9_999])
    func deviceNumber(number: Int) {
        let data = SwitchyardError.Data(deviceError: number)

        #expect(SwitchyardError(.deviceRefused, "", data: data).wireNumber == number)
        #expect(SwitchyardError(.deviceTimeout, "", data: data).wireNumber == 504)
    }

    @Test("The description holds code, message and what is beneath")
    func describes() {
        struct Cause: Error {}

        #expect(SwitchyardError(.busy, "later").description == "busy: later")
        #expect(SwitchyardError(.busy, "later", underlying: Cause()).description == "busy: later (Cause())")
    }

    @Test("An outcome that is no ack is an error with its number")
    func outcomes() {
        let numbers = [CommandOutcome.acknowledged(DeviceAck()), .refused(deviceError: 7), .offline, .timedOut, .busy]
            .map { $0.error?.wireNumber }

        #expect(numbers == [nil, 7, 503, 504, 503])
    }
}
