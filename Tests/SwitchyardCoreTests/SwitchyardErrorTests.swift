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
        .applicationUnknown: 406,
        .signatureWrong: 401,
        .forbidden: 403,
        .accountNotFound: 404,
        .deviceNotFound: 404,
        .notFound: 404,
        .pathUnknown: 404,
        .receiverUnknown: 404,
        .alreadyExists: 409,
        .deviceOwnedByAnother: 409,
        .gsmDeviceOwnedByAnother: 409,
        .factoryDataMissing: 403,
        .chipIDWrong: 403,
        .digestWrong: 403,
        .lastHome: 403,
        .deviceDeleted: 415,
        .deviceOffline: 503,
        .deviceTimeout: 504,
        .deviceRefused: 500,
        .otherRegion: 301,
        .tooManyHomes: 503,
        .tooManyGroups: 503,
        .tooManyRequests: 503,
        .busy: 503,
        .storageFailed: 500,
        .internalFault: 500,
    ]

    @Test("Every error has its number on the wire", arguments: SwitchyardError.Code.allCases)
    func wireNumber(code: SwitchyardError.Code) {
        #expect(SwitchyardError(code, "").wireNumber == Self.numbers[code])
        #expect(code.wireCode.rawValue == Self.numbers[code])
    }

    /// Spelled out: what clients of version 2 see.
    private static let version2Numbers: [SwitchyardError.Code: Int] = [
        .invalidInput: 400,
        .malformedDeviceID: 30_010,
        .wrongPassword: 10_001,
        .wrongOldPassword: 10_001,
        .tokenNotMade: 500,
        .addresseeUnknown: 10_003,
        .codeWrong: 10_002,
        .codeAskedTooOften: 10_010,
        .sendingFailed: 500,
        .tokenMissing: 401,
        .tokenUnknown: 401,
        .tokenExpired: 402,
        .authenticationFailed: 400,
        .applicationUnknown: 407,
        .signatureWrong: 400,
        .forbidden: 406,
        .accountNotFound: 10_003,
        .receiverUnknown: 30_008,
        .deviceNotFound: 30_018,
        .notFound: 405,
        .pathUnknown: 403,
        .alreadyExists: 10_009,
        .deviceOwnedByAnother: 406,
        .gsmDeviceOwnedByAnother: 30_007,
        .factoryDataMissing: 30_011,
        .chipIDWrong: 30_014,
        .digestWrong: 30_015,
        .deviceDeleted: 30_018,
        .deviceOffline: 4_002,
        .deviceTimeout: 4_002,
        .deviceRefused: 4_002,
        .otherRegion: 10_004,
        .tooManyHomes: 20_002,
        .lastHome: 20_003,
        .tooManyGroups: 30_009,
        .tooManyRequests: 412,
        .busy: 500,
        .storageFailed: 500,
        .internalFault: 500,
    ]

    @Test("Every error has its number in version 2", arguments: SwitchyardError.Code.allCases)
    func version2Number(code: SwitchyardError.Code) {
        #expect(code.version2Code.rawValue == Self.version2Numbers[code])
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
