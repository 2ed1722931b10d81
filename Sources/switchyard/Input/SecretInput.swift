import FoundationEssentials

/// Reads secrets from files and standard input, so that they never stand in a process list.
enum SecretInput {
    /// Longer texts are no secrets of ours.
    private static let maximumBytes = 4_096

    /// The contents of `path`, or of standard input for `-`, without one trailing newline.
    static func read(_ path: String) throws(CommandFailure) -> String {
        let name = path == "-" ? "standard input" : path
        guard var text = String(validating: try bytes(path, name), as: UTF8.self) else {
            throw .local("\(name) is not UTF-8 text")
        }
        if text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else { throw .local("\(name) is empty; it has to hold the secret") }
        return text
    }

    private static func bytes(_ path: String, _ name: String) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        if path == "-" {
            while bytes.count <= maximumBytes, let line = readLine(strippingNewline: false) {
                bytes += Array(line.utf8)
            }
        } else {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw .local("\(path) cannot be read; check the path and its permissions")
            }
            bytes = Array(data)
        }
        guard bytes.count <= maximumBytes else { throw .local("\(name) is longer than \(maximumBytes) bytes") }
        return bytes
    }

    /// A random password of 24 letters and digits (142 bits).
    static func generatePassword() -> String {
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
}
