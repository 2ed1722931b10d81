import CoolkitWire
import Hummingbird
import ServiceLifecycle
import SwitchyardCore

extension AdminAPI {
    private static let orderMembers: Set<String> = ["version", "model", "force", "throttle", "atReport"]

    /// `/devices/{id}/upgrade`: the operator has a device get another firmware.
    func addUpgradeRoutes(to router: Router<Context>) {
        router.post("devices/:id/upgrade") { request, context in
            let id = try context.pathDeviceID()
            let body = try await AdminRequestBody(of: request, members: Self.orderMembers)
            let order = UpgradeService.Order(
                device: id,
                version: try body.text("version"),
                model: try body.text("model"),
                force: try body.flag("force") ?? false,
                isThrottled: try body.flag("throttle")
            )
            guard try body.flag("atReport") != true else {
                let release = try await upgrades.keepForReport(order)
                return Response.json(Self.describe(id, release, answer: "kept"))
            }
            let (release, outcomes) = try upgrades.start(order)
            return Response.json(Self.describe(id, release, answer: try await Self.answer(in: outcomes)))
        }
        router.delete("devices/:id/upgrade") { _, context in
            let id = try context.pathDeviceID()
            _ = try snapshot(of: id)
            try await upgrades.forgetPending(of: id)
            return Response.noContent
        }
    }

    /// What the device has answered; a missing answer is none of an error, as some devices just begin to download.
    ///
    /// Throws `deviceOffline`, `deviceRefused`, `busy`.
    private static func answer(in outcomes: AsyncStream<CommandOutcome>) async throws -> String {
        // A stop of the server does not wait for a device.
        let outcome = await cancelWhenGracefulShutdown {
            for await outcome in outcomes { return outcome as CommandOutcome? }
            return nil
        }
        switch outcome {
        case .acknowledged: return "acknowledged"
        case .timedOut, nil: return "none"
        case let outcome?: throw outcome.error ?? SwitchyardError(.internalFault, "a command ended without an outcome")
        }
    }

    private static func describe(_ id: DeviceID, _ release: FirmwareRelease, answer: String) -> JSON {
        [
            "id": JSON(id.rawValue), "model": JSON(release.model), "version": JSON(release.version.text),
            "answer": JSON(answer),
        ]
    }

    /// How far a device's upgrade is, or that it waits for the device's report; null for none.
    func upgradeProgress(of id: DeviceID) -> JSON {
        if let event = upgrades.tracker.progress(of: id) {
            return ["model": JSON(event.model), "version": JSON(event.version), "step": JSON(event.step.name)]
        }
        guard let release = upgrades.pendingRelease(of: id) else { return nil }
        return ["model": JSON(release.model), "version": JSON(release.version.text), "step": "waitsForReport"]
    }
}

extension UpgradeEvent {
    /// The event as `device watch` shows it.
    var description: JSON {
        var description: JSON = [
            "event": "upgrade", "step": JSON(step.name), "model": JSON(model), "version": JSON(version),
        ]
        switch step {
        case .sent, .acknowledged, .unanswered, .completed: break
        case .refused(let number): description["deviceError"] = JSON(number)
        case .downloadBegan(let image): description["image"] = JSON(image)
        case .downloading(let image, let bytes, let total):
            description["image"] = JSON(image)
            description["bytes"] = JSON(bytes)
            description["percent"] = JSON(bytes * 100 / max(1, total))
        case .downloaded(let image, let bytes):
            description["image"] = JSON(image)
            description["bytes"] = JSON(bytes)
            description["percent"] = 100
        case .gaveUp(let reason): description["reason"] = JSON(reason)
        }
        return description
    }
}
