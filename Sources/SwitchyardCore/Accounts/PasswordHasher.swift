import Crypto
import CryptoExtras
import Foundation

/// Hashes and checks passwords with scrypt, one at a time, off every event loop.
///
/// A hash is a PHC string, `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (base64 without padding), so that parameters can grow later.
/// The queue is bounded and fair (`HashQueue`): a flood of log-ins is refused as busy, and does not keep others out.
package final class PasswordHasher: Sendable {
    /// The cost of a hash.
    ///
    /// Memory is about 128 × r × 2^ln bytes.
    package struct Cost: Hashable, Sendable {
        package let logarithmOfN: Int
        package let r: Int
        package let p: Int

        package init(logarithmOfN: Int, r: Int, p: Int) {
            self.logarithmOfN = logarithmOfN
            self.r = r
            self.p = p
        }

        /// N = 2^15, r = 8, p = 3: 32 MiB, 0.15 s on one core.
        package static let standard = Cost(logarithmOfN: 15, r: 8, p: 3)
    }

    /// The answer of a check.
    package enum Verdict: Sendable {
        case wrong
        /// `isOutdated`: the hash was made with other parameters and should be made anew.
        case right(isOutdated: Bool)

        package var isRight: Bool {
            if case .right = self { true } else { false }
        }

        package var isOutdated: Bool {
            if case .right(isOutdated: true) = self { true } else { false }
        }
    }

    private let cost: Cost
    private let queue: HashQueue
    /// What the password of an account that does not exist is compared with: it takes as long as one that exists.
    let nobodysHash: String

    package init(cost: Cost = .standard, queueLimit: Int = 32) {
        self.cost = cost
        queue = HashQueue(limit: queueLimit)
        let salt = Array(RandomText.hex(bytes: 8).utf8)
        nobodysHash = PHCString(cost: cost, salt: salt, key: Array(RandomText.hex(bytes: 16).utf8)).text
    }

    /// Makes the hash to store.
    ///
    /// Throws `busy` when too many wait.
    package func hash(_ password: String, in place: HashPlace = .own) async throws(SwitchyardError) -> String {
        let cost = cost
        return try await run(in: place) {
            let salt = Array(RandomText.hex(bytes: 8).utf8)
            return PHCString(cost: cost, salt: salt, key: try Self.derive(password, salt: salt, cost: cost)).text
        }
    }

    /// Checks a password against a stored hash.
    ///
    /// Throws `busy` when too many wait.
    package func verify(
        _ password: String,
        against stored: String,
        in place: HashPlace = .own
    ) async throws(SwitchyardError) -> Verdict {
        let cost = cost
        return try await run(in: place) {
            guard let phc = PHCString(stored) else {
                throw SwitchyardError(.internalFault, "a stored password hash is damaged; set the password anew")
            }
            let key = try Self.derive(password, salt: phc.salt, cost: phc.cost)
            guard ConstantTime.areEqual(key, phc.key) else { return .wrong }
            return .right(isOutdated: phc.cost != cost)
        }
    }

    private static func derive(_ password: String, salt: [UInt8], cost: Cost) throws -> [UInt8] {
        let rounds = 1 << cost.logarithmOfN
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.utf8),
            salt: salt,
            outputByteCount: 32,
            rounds: rounds,
            blockSize: cost.r,
            parallelism: cost.p,
            maxMemory: 128 * cost.r * (rounds + cost.p + 8) * 2
        )
        return key.withUnsafeBytes { Array($0) }
    }

    private func run<Value: Sendable>(
        in place: HashPlace,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws(SwitchyardError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            queue.enter(
                HashQueue.Job(
                    run: { continuation.resume(returning: Result { try work() }) },
                    refuse: { continuation.resume(returning: .failure(Self.queueFull)) }
                ),
                in: place
            )
        }
        switch result {
        case .success(let value): return value
        case .failure(let error as SwitchyardError): throw error
        case .failure(let error):
            throw SwitchyardError(.internalFault, "the password could not be hashed", underlying: error)
        }
    }

    private static var queueFull: SwitchyardError {
        SwitchyardError(.busy, "too many log-ins at once, try again in a few seconds")
    }
}

/// The stored form of a hash, in the notation of the password hashing competition.
struct PHCString {
    let cost: PasswordHasher.Cost
    let salt: [UInt8]
    let key: [UInt8]

    init(cost: PasswordHasher.Cost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Parses the text; nil unless it is an scrypt hash with sane parameters.
    init?(_ text: String) {
        let parts = text.split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt",
            let salt = Self.decode(parts[2]), let key = Self.decode(parts[3]), key.count == 32
        else { return nil }
        var values: [Substring: Int] = [:]
        for pair in parts[1].split(separator: ",") {
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let value = Int(sides[1]) else { return nil }
            values[sides[0]] = value
        }
        guard let logarithm = values["ln"], let r = values["r"], let p = values["p"],
            (1...24).contains(logarithm), (1...64).contains(r), (1...64).contains(p)
        else { return nil }
        self.init(cost: .init(logarithmOfN: logarithm, r: r, p: p), salt: salt, key: key)
    }

    var text: String {
        "$scrypt$ln=\(cost.logarithmOfN),r=\(cost.r),p=\(cost.p)$\(Self.encode(salt))$\(Self.encode(key))"
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        let padded = Data(bytes).base64EncodedString()
        return String(padded.prefix { $0 != "=" })
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text + padding).map { Array($0) }
    }
}
