import Dispatch
import Foundation
package import NIOCore

/// The folder with the images of firmware: mode 0700, files 0600, each named by its digest and put there as a whole.
///
/// All work on files happens on one queue, off every event loop.
package final class FirmwareFolder: Sendable {
    package let path: String
    private let queue = DispatchQueue(label: "switchyard.firmware")

    package init(path: String) { self.path = path }

    /// Makes the folder, and removes what no release has: images without one, and uploads that were cut off.
    package func prepare(keeping digests: Set<ImageDigest>) async throws(SwitchyardError) {
        try await perform { [path] () throws(SwitchyardError) in
            do {
                let manager = FileManager.default
                let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
                try manager.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: attributes)
                try manager.setAttributes(attributes, ofItemAtPath: path)
                for name in try manager.contentsOfDirectory(atPath: path) {
                    if let digest = ImageDigest(name), digests.contains(digest) { continue }
                    try manager.removeItem(atPath: path + "/" + name)
                }
            } catch {
                throw SwitchyardError(.storageFailed, "cannot use the folder \(path)", underlying: error)
            }
        }
    }

    /// Begins to take an image.
    ///
    /// - Parameter limit: more bytes than this are `invalidInput`.
    package func beginUpload(limit: Int) async throws(SwitchyardError) -> FirmwareUpload {
        try await perform { [self] () throws(SwitchyardError) in try FirmwareUpload(in: self, limit: limit) }
    }

    /// Opens an image for reading.
    ///
    /// Throws `notFound` when its file is gone.
    package func open(_ digest: ImageDigest) async throws(SwitchyardError) -> FirmwareFile {
        let file = path + "/" + digest.rawValue
        return try await perform { [self] () throws(SwitchyardError) in
            let descriptor = Foundation.open(file, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw SwitchyardError(.notFound, "the file of the image is gone", underlying: POSIXError.current)
            }
            return FirmwareFile(descriptor: descriptor, folder: self)
        }
    }

    /// How long an image is; nil when it is not there.
    package func byteCount(of digest: ImageDigest) async throws(SwitchyardError) -> Int? {
        let file = path + "/" + digest.rawValue
        return try await perform {
            var status = stat()
            guard stat(file, &status) == 0 else { return nil }
            return Int(status.st_size)
        }
    }

    /// Removes an image; one that is not there is as good.
    package func remove(_ digest: ImageDigest) async throws(SwitchyardError) {
        let file = path + "/" + digest.rawValue
        try await perform { () throws(SwitchyardError) in
            guard unlink(file) == 0 || errno == ENOENT else {
                throw SwitchyardError(.storageFailed, "cannot remove \(file)", underlying: POSIXError.current)
            }
        }
    }

    /// Runs work on files on the folder's queue.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable () throws(SwitchyardError) -> Value
    ) async throws(SwitchyardError) -> Value {
        let result = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Result { () throws(SwitchyardError) in try work() })
            }
        }
        return try result.get()
    }
}

/// An image that is open for reading; closed when nobody holds it any more.
package final class FirmwareFile: Sendable {
    private let descriptor: CInt
    private let folder: FirmwareFolder

    init(descriptor: CInt, folder: FirmwareFolder) {
        self.descriptor = descriptor
        self.folder = folder
    }

    deinit { close(descriptor) }

    /// Reads `count` bytes from `offset` on; throws `storageFailed` when they are not all there.
    package func read(_ count: Int, at offset: Int) async throws(SwitchyardError) -> ByteBuffer {
        try await folder.perform { [self] () throws(SwitchyardError) in
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            while buffer.readableBytes < count {
                let position = offset + buffer.readableBytes
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - buffer.readableBytes) {
                    max(0, pread(descriptor, $0.baseAddress, count - (position - offset), off_t(position)))
                }
                guard got > 0 else {
                    throw SwitchyardError(
                        .storageFailed,
                        "an image is shorter than it was",
                        underlying: POSIXError.current
                    )
                }
            }
            return buffer
        }
    }
}

extension POSIXError {
    /// The error of the system call that has just failed.
    static var current: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
