import CoolkitWire
import Hummingbird
import SwitchyardCore
import Testing

@testable import SwitchyardAPI

@Suite("Shapes of errors")
struct ErrorShapeTests {
    @Test("An account of another region is told the region")
    func otherRegion() async throws {
        let error = SwitchyardError(.otherRegion, "redirect", data: .init(region: "us"))

        let body = try await text(of: ErrorShape(path: "/api/user/login").response(to: error))

        #expect(body == #"{"error":301,"region":"us","msg":"redirect","info":"redirect"}"#)
    }

    @Test("Every error has a body on every path, and HTTP status 200", arguments: SwitchyardError.Code.allCases)
    func allCodes(code: SwitchyardError.Code) async throws {
        let error = SwitchyardError(code, "text with \"quotes\"", data: .init(region: "us", deviceError: 422))
        let shapes = [
            "/api/x", "/api/user/device/status", "/api/user/device/add", "/dispatch/app", "/dispatch/device",
            "/otaother/app",
        ]

        for path in shapes {
            let response = ErrorShape(path: path).response(to: error)
            let body = try JSON(parsing: try await text(of: response))
            #expect(response.status == .ok)
            #expect(body["error"]?.intValue ?? body["code"]?.intValue != 0)
        }
    }

    @Test(
        "A download that fails has an HTTP status of its own",
        arguments: [
            (SwitchyardError.Code.notFound, 404), (.forbidden, 403), (.busy, 503), (.storageFailed, 500),
            (.internalFault, 500),
        ]
    )
    func downloads(code: SwitchyardError.Code, status: Int) {
        #expect(ErrorShape(path: "/ota/rom/x/y").response(to: SwitchyardError(code, "")).status.code == status)
    }

    private func text(of response: Response) async throws -> String {
        let writer = CollectedBody()
        try await response.body.write(writer)
        return writer.text
    }
}
