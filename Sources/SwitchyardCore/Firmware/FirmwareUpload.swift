import Crypto
import Foundation
package import NIOCore
import Synchronization

/// An image on its way into the folder: written beside its place, synced, and moved there when it is whole.
///
/// Used by one task; what is not finished is removed with it.
package final class FirmwareUpload: Sendable {
    /// What has come.
    package struct Image: Hashable, Sendable {
        package let digest: ImageDigest
        package let byteCount: Int
    }

    private struct State {
        var descriptor: CInt
        var hash = SHA256()
        var byteCount = 0
    }

    private let folder: FirmwareFolder
    private let temporaryPath: String
    private let limit: Int
    private let state: Mutex<State>

    /// On the folder's queue.
    init(in folder: FirmwareFolder, limit: Int) throws(SwitchyardError) {
        self.folder = folder
        self.limit = limit
        temporaryPath = folder.path + "/.upload." + RandomText.hex(bytes: 8)
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(temporaryPath) }
        state = Mutex(State(descriptor: descriptor))
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
    }

    /// Takes the next bytes.
    ///
    /// Throws `invalidInput` when they are too many, `storageFailed` when there is no room.
    package func append(_ bytes: ByteBuffer) async throws(SwitchyardError) {
        try await folder.perform { [self] () throws(SwitchyardError) in
            let written = state.withLock { state -> Result<Void, SwitchyardError> in
                Result { () throws(SwitchyardError) in try write(bytes, to: &state) }
            }
            try written.get()
        }
    }

    private func write(_ bytes: ByteBuffer, to state: inout State) throws(SwitchyardError) {
        guard state.byteCount + bytes.readableBytes <= limit else {
            throw SwitchyardError(.invalidInput, "the image is larger than \(limit) bytes (firmware.maximumImageBytes)")
        }
        state.byteCount += bytes.readableBytes
        bytes.withUnsafeReadableBytes { state.hash.update(bufferPointer: $0) }
        var rest = bytes.readableBytesView
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(state.descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw Self.failure(temporaryPath) }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// Puts the image in its place: after this it is on the disk.
    ///
    /// Throws `invalidInput` for an empty one, `storageFailed`.
    package func finish() async throws(SwitchyardError) -> Image {
        try await folder.perform { [self] () throws(SwitchyardError) in
            let result = state.withLock { state -> Result<Image, SwitchyardError> in
                Result { () throws(SwitchyardError) in try finish(&state) }
            }
            return try result.get()
        }
    }

    private func finish(_ state: inout State) throws(SwitchyardError) -> Image {
        guard state.byteCount > 0 else { throw SwitchyardError(.invalidInput, "the image is empty") }
        guard fsync(state.descriptor) == 0 else { throw Self.failure(temporaryPath) }
        let text = state.hash.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        guard let digest = ImageDigest(text.joined()) else {
            throw SwitchyardError(.internalFault, "a digest has another form than it should")
        }
        let target = folder.path + "/" + digest.rawValue
        guard rename(temporaryPath, target) == 0 else { throw Self.failure(target) }
        close(state.descriptor)
        state.descriptor = -1
        try Self.sync(folder.path)
        return Image(digest: digest, byteCount: state.byteCount)
    }

    private static func sync(_ folder: String) throws(SwitchyardError) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> SwitchyardError {
        let error = POSIXError.current
        let reason = String(cString: strerror(error.code.rawValue))
        return SwitchyardError(.storageFailed, "cannot write \(path): \(reason)", underlying: error)
    }
}
