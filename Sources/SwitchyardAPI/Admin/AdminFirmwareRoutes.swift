import CoolkitWire
import Hummingbird
import NIOCore
import SwitchyardCore

extension AdminAPI {
    /// `/firmware`: images are uploaded one by one, then a release is made of them.
    func addFirmwareRoutes(to router: Router<Context>) {
        router.get("firmware") { _, _ in
            Response.json(["firmware": JSON(upgrades.firmware.releases.map { $0.description() })])
        }
        router.post("firmware/images") { request, _ in
            let image = try await takeImage(of: request)
            return Response.json(
                ["digest": JSON(image.digest.rawValue), "bytes": JSON(image.byteCount)],
                status: .created
            )
        }
        router.post("firmware") { request, _ in
            let body = try await AdminRequestBody(of: request, members: ["model", "version", "images", "force"])
            var (release, warnings) = try await upgrades.firmware.add(
                model: try body.requiredText("model"),
                version: try body.requiredText("version"),
                images: try Self.images(of: body),
                force: try body.flag("force") ?? false
            )
            if let obstacle = upgrades.obstacle(to: release) { warnings.append(obstacle) }
            return Response.json(release.description(warnings: warnings), status: .created)
        }
        router.delete("firmware/:model/:version") { _, context in
            try await upgrades.firmware.remove(
                model: try context.pathText("model"),
                version: try context.pathText("version")
            )
            return Response.noContent
        }
    }

    /// Writes the body to the folder as it comes; it is never whole in memory.
    private func takeImage(of request: Request) async throws -> FirmwareUpload.Image {
        let upload = try await upgrades.firmware.beginUpload()
        for try await part in request.body { try await upload.append(part) }
        let image = try await upload.finish()
        try await upgrades.firmware.stage(image)
        return image
    }

    private static func images(of body: AdminRequestBody) throws(SwitchyardError) -> [FirmwareService.NewImage] {
        var images: [FirmwareService.NewImage] = []
        for element in try body.requiredArray("images") {
            guard let name = element["name"]?.stringValue,
                let digest = element["digest"]?.stringValue.flatMap({ ImageDigest($0) })
            else { throw SwitchyardError(.invalidInput, "'images' is no list of objects with name and digest") }
            images.append(FirmwareService.NewImage(name: name, digest: digest))
        }
        return images
    }
}

extension FirmwareRelease {
    /// The release without its key: whoever has that may download.
    fileprivate func description(warnings: [String]? = nil) -> JSON {
        var description: JSON = [
            "model": JSON(model), "version": JSON(version.text), "createdAt": JSON(createdAt.iso8601),
            "images": JSON(
                images.map { image in
                    [
                        "name": JSON(image.name), "digest": JSON(image.digest.rawValue), "bytes": JSON(image.byteCount),
                    ] as JSON
                }
            ),
        ]
        if let warnings { description["warnings"] = JSON(warnings.map { JSON($0) }) }
        return description
    }
}
