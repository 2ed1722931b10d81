import Logging
import ServiceLifecycle
import SwitchyardCore

/// Drops expired tokens, verification codes, messages and authorization codes once an hour, and the memory of devices that
/// were deleted long ago.
struct HourlyCleaning: Service, CustomStringConvertible {
    let accounts: AccountService
    let verification: VerificationService
    let oauth: OAuthService
    let devices: DeviceService
    let clock: SteadyClock
    let logger: Logger

    /// For the life cycle's log, which would show every part otherwise.
    var description: String { "HourlyCleaning" }

    private static let interval = Duration.seconds(3_600)
    /// What seems expired since the clock was moved far is kept for so long: it may be moved back.
    private static let pauseAfterJump = Duration.seconds(86_400)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await cleanUnlessClockJumped()
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }

    func cleanUnlessClockJumped() async {
        guard !clock.hasFollowedLargeStep(within: Self.pauseAfterJump) else { return }
        await attempt("Expired tokens could not be removed") { try await accounts.removeExpiredTokens() }
        await attempt("Expired verification codes could not be removed") { try await verification.removeExpired() }
        await attempt("Expired authorization codes could not be removed") { try await oauth.removeExpiredCodes() }
        await attempt("Deleted devices could not be forgotten") { try await devices.forgetDeletedDevices() }
    }

    private func attempt(_ failure: Logger.Message, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.error(failure, metadata: ["error": "\(error)"])
        }
    }
}
