import CoolkitWire
import SwitchyardCore
import TestSupport
import Testing
import Yams

@testable import SwitchyardAPI

@Suite("The contracts in openapi/")
struct OpenAPITests {
    @Test("Each describes every route of its version, and the two describe nothing else")
    func routes() async throws {
        let served = try await withAPI { $0.routes }
        let byVersion = Dictionary(grouping: served) { OpenAPIDocument.Version(path: $0.path) }

        for version in OpenAPIDocument.Version.allCases {
            let described = Set(
                try OpenAPIDocument(version).operations.map { CoolkitAPI.Route(method: $0.method, path: $0.path) }
            )
            #expect(described == Set(byVersion[version] ?? []))
            #expect(!described.isEmpty)
        }
    }

    @Test(
        "Names every operation once, with a summary and a description of its answer",
        arguments: OpenAPIDocument.Version.allCases
    )
    func operationsAreNamed(version: OpenAPIDocument.Version) throws {
        let operations = try OpenAPIDocument(version).operations
        let names = operations.compactMap { $0.node["operationId"]?.string }

        #expect(Set(names).count == operations.count)
        for operation in operations {
            #expect(operation.node["summary"]?.string?.isEmpty == false, "\(operation.path)")
            #expect(
                operation.node["responses"]?.member("200")?["description"]?.string?.isEmpty == false,
                "\(operation.path)"
            )
            #expect(operation.node["security"] != nil, "\(operation.path)")
        }
    }

    @Test(
        "Lists the errors of every operation, 500 among them, and where it is signed or bears a token those of that",
        arguments: OpenAPIDocument.Version.allCases
    )
    func errorsAreListed(version: OpenAPIDocument.Version) throws {
        let unsigned = version == .v1 ? 406 : 407
        for operation in try DocumentedOperation.all(of: version) {
            #expect(operation.errors.contains(500), "\(operation)")
            switch operation.security {
            case "sign": #expect(operation.errors.isSuperset(of: [400, unsigned]), "\(operation)")
            case "bearer": #expect(operation.errors.isSuperset(of: [401, 402]), "\(operation)")
            default: break
            }
        }
    }

    @Test("Schemas of answers describe all members they can have", arguments: OpenAPIDocument.Version.allCases)
    func answersAreClosed(version: OpenAPIDocument.Version) throws {
        let document = try OpenAPIDocument(version)
        let validator = SchemaValidator(document: document.node)
        for operation in document.operations {
            let content = operation.node["responses"]?.member("200")?["content"]?["application/json"]
            guard let schema = content?["schema"] else { continue }
            for open in validator.openObjects(in: schema) {
                Issue.record("\(operation.method) \(operation.path): \(open) may have members that are not described")
            }
        }
    }

    @Test("Declares the parameters that stand in its paths")
    func pathParameters() throws {
        for (path, item) in try OpenAPIDocument(.v1).node["paths"]?.mapping ?? [:]
        where path.string?.contains("{deviceid}") == true {
            #expect(item["parameters"]?.sequence?.first?["name"]?.string == "deviceid")
        }
    }

    @Test("Every body has examples, and each fits the schema beside it", arguments: OpenAPIDocument.Version.allCases)
    func examples(version: OpenAPIDocument.Version) throws {
        let document = try OpenAPIDocument(version)
        for operation in document.operations {
            let contents = [
                operation.node["requestBody"]?["content"]?["application/json"],
                operation.node["responses"]?.member("200")?["content"]?["application/json"],
            ]
            for content in contents.compactMap({ $0 }) {
                let schema = try #require(content["schema"])
                let validator = SchemaValidator(document: document.node)
                #expect(content["examples"]?.mapping?.isEmpty == false, "\(operation.path)")
                for (name, example) in content["examples"]?.mapping ?? [:] {
                    let value = try #require(example["value"]).json
                    let faults = validator.faults(of: value, against: schema)
                    #expect(faults.isEmpty, "\(operation.path) \(name.string ?? ""): \(faults)")
                    #expect(try JSON(parsing: value.text) == value)
                }
            }
        }
    }

    @Test("What the server answers fits the schemas of version 1")
    func answers() async throws {
        let answers = try await withAPI { rig in
            let world = try await FaultWorld(rig)
            let calls: [(path: String, method: String, request: APIRequest)] = [
                ("/api/user/region", "GET", FaultWorld.region()),
                ("/api/user/login", "POST", FaultWorld.login { $0["email"] = "bob@example.org" }),
                ("/api/user/login", "POST", FaultWorld.login { $0["password"] = "no" }),
                ("/api/sms", "POST", FaultWorld.sms { $0["email"] = "eve@example.org" }),
                ("/api/sms", "POST", FaultWorld.sms()),
                ("/api/user/register", "POST", FaultWorld.register()),
                ("/api/user/password/reset", "POST", FaultWorld.reset()),
                ("/api/user/password", "POST", world.changePassword()),
                ("/api/user/password", "POST", world.changePassword { $0["oldPassword"] = "wrong-horse" }),
                ("/api/user/device", "GET", .get("/api/user/device", token: world.token)),
                ("/api/user/device", "GET", .get("/api/user/device?version=8&getTags=1", token: world.token)),
                ("/api/user/device/{deviceid}", "GET", .get("/api/user/device/1000a1b2c3", token: world.token)),
                ("/api/user/device/{deviceid}", "POST", world.rename()),
                ("/api/user/device/add", "POST", world.add()),
                ("/api/user/device/add", "POST", world.add { $0["deviceid"] = "1000b0b0b0" }),
                ("/api/user/device/status", "POST", world.control()),
                (
                    "/api/user/device/status", "GET",
                    .get("/api/user/device/status?deviceid=1000a1b2c3", token: world.token)
                ),
                ("/api/user/device/update", "POST", FaultWorld.sensorReport()),
                ("/api/user/device/update", "POST", FaultWorld.sensorReport(signature: "00")),
                (
                    "/api/user/device/history", "GET",
                    .get("/api/user/device/history?deviceid=1000a1b2c3", token: world.token)
                ),
                ("/api/user/device/history", "GET", .get("/api/user/device/history", token: world.token)),
                ("/api/user/device/addGsm", "POST", world.addByCode()),
                (
                    "/api/user/device/addGsm", "POST",
                    world.addByCode { $0["id"] = .string(String(repeating: "0", count: 32)) }
                ),
                ("/api/user/tags", "POST", world.setTag()),
                ("/api/user/tags", "POST", world.setTag { $0["key"] = nil }),
                ("/api/user/device", "GET", .get("/api/user/device?version=8&getTags=1", token: world.token)),
                ("/api/group", "POST", world.createGroup()),
                ("/api/group", "PUT", world.changeGroup()),
                ("/api/group/addDevice", "POST", world.moveDevice()),
                ("/api/group/addDevice", "POST", world.moveDevice { $0["deviceinfos"] = nil }),
                ("/api/group", "GET", .get("/api/group", token: world.token)),
                ("/api/group", "DELETE", .delete("/api/group?id=\(world.ownGroup)", token: world.token)),
                ("/api/group", "DELETE", .delete("/api/group?id=\(world.foreignGroup)", token: world.token)),
                ("/otaother/app", "POST", world.firmwareQuery()),
                ("/otaother/app", "POST", world.firmwareQuery([:])),
                ("/dispatch/app", "POST", world.dispatch()),
                ("/dispatch/app", "GET", .get("/dispatch/app")),
                ("/dispatch/device", "GET", .get("/dispatch/device")),
                ("/api/user/device/{deviceid}", "DELETE", .delete("/api/user/device/1000a1b2c3", token: world.token)),
            ]
            var answers: [(path: String, method: String, answer: APIAnswer)] = []
            for call in calls { answers.append((call.path, call.method, try await rig.send(call.request))) }
            return answers
        }

        let document = try OpenAPIDocument(.v1)
        for (path, method, answer) in answers { try document.expectDescribed(answer, to: method, path) }
    }
}
