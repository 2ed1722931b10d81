import Logging
import ServiceLifecycle
import SwitchyardCore

/// Drops expired tokens, verification codes, messages and authorization codes once an hour.
struct HourlyCleaning: Service, CustomStringConvertible {
    let accounts: AccountService
    let verification: VerificationService
    let oauth: OAuthService
    let logger: Logger

    /// For the life cycle's log, which would show every part otherwise.
    var description: String { "HourlyCleaning" }

    private static let interval = Duration.seconds(3_600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await accounts.removeExpiredTokens()
                } catch {
                    logger.error("Expired tokens could not be removed", metadata: ["error": "\(error)"])
                }
                do {
                    try await verification.removeExpired()
                } catch {
                    logger.error("Expired verification codes could not be removed", metadata: ["error": "\(error)"])
                }
                do {
                    try await oauth.removeExpiredCodes()
                } catch {
                    logger.error("Expired authorization codes could not be removed", metadata: ["error": "\(error)"])
                }
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
            }
        }
    }
}
