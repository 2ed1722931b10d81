import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes to standard output and standard error, unbuffered.
enum Terminal {
    /// Prints a line; ends the program silently when nobody reads any more (`switchyard device watch … | head`).
    static func print(_ line: String, terminator: String = "\n") {
        if !write(line + terminator, to: STDOUT_FILENO) { exit(EXIT_SUCCESS) }
    }

    /// Prints a line for people.
    static func printError(_ line: String) {
        _ = write(line + "\n", to: STDERR_FILENO)
    }

    /// Whether people would see what is printed.
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes bytes as they are; a local fault when nobody takes them all.
    static func write(_ bytes: ByteBuffer) throws(CommandFailure) {
        let isWritten = bytes.withUnsafeReadableBytes { write($0, to: STDOUT_FILENO) }
        guard isWritten else { throw .local("standard output does not take the backup; it is not whole") }
    }

    private static func write(_ text: String, to descriptor: CInt) -> Bool {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = systemWrite(descriptor, rest)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }

    private static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
