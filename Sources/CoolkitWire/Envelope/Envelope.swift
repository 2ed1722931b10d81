// CoolkitWire is what goes over the wire, and no I/O: the scanner and values of JSON (`JSON/`), the envelope of a frame
// (`Envelope/`), the messages both sides write (`Frames/`), stored params (`Params/`), and the signatures of requests
// (`Signature/`). A message comes in as the bytes of one text frame; `Envelope` finds its members as slices of those bytes; the
// hub decides; `DeviceFrames` and `AppFrames` write what goes out, with the slice of `params` copied in untouched.

package import NIOCore

/// The envelope of one text frame: where its well-known top-level members stand in the frame's bytes.
///
/// Nothing is decoded and nothing is copied: the envelope keeps the frame and hands out slices. Everything in the frame
/// has been checked against RFC 8259, nested values too, except for UTF-8, which the WebSocket layer checks.
///
/// Source: `coolkit-websocket.md` §1.1 (common fields).
package struct Envelope: Sendable {
    /// A member's value within the frame.
    package struct Value: Hashable, Sendable {
        let span: JSONSpan

        package var kind: JSONKind { span.kind }
        /// The bytes of the value, counted from the frame's first one; a string's quotes are part of it.
        package var range: Range<Int> { span.range }
        /// Whether a string has escapes, so that its bytes are not its text.
        package var hasEscapes: Bool { span.hasEscapes }
    }

    /// The bytes that were scanned.
    package let frame: ByteBuffer

    package internal(set) var action: Value?
    package internal(set) var apiKey: Value?
    package internal(set) var selfAPIKey: Value?
    package internal(set) var deviceID: Value?
    package internal(set) var userAgent: Value?
    package internal(set) var sequence: Value?
    /// `d_seq`, the device's own correlation id.
    package internal(set) var deviceSequence: Value?
    package internal(set) var seq: Value?
    package internal(set) var ts: Value?
    package internal(set) var version: Value?
    /// `at`, the access token.
    package internal(set) var accessToken: Value?
    package internal(set) var appID: Value?
    package internal(set) var params: Value?
    package internal(set) var error: Value?
    package internal(set) var config: Value?

    init(unscanned frame: ByteBuffer) { self.frame = frame }
}

extension Envelope {
    /// The text of a string; nil for whatever is no string, and for rows of ``CombiningMarks``.
    package func text(_ value: Value?) -> String? {
        guard let value, value.kind == .string else { return nil }
        let text = frame.withUnsafeReadableBytes { bytes in
            JSONString.text(Self.contents(of: value, in: bytes), hasEscapes: value.hasEscapes)
        }
        return CombiningMarks.pileUp(in: text) ? nil : text
    }

    /// The text of a string, or a number as it is spelled.
    package func textOrNumber(_ value: Value?) -> String? {
        guard let value, value.kind == .number else { return text(value) }
        return frame.withUnsafeReadableBytes { bytes in
            String(decoding: UnsafeRawBufferPointer(rebasing: bytes[value.range]), as: UTF8.self)
        }
    }

    /// The value's JSON as it stands in the frame, quotes included.
    ///
    /// Shares the frame's memory.
    package func slice(_ value: Value) -> ByteBuffer {
        // The range came from these very bytes, so the slice is never nil for a value of this envelope.
        frame.getSlice(at: frame.readerIndex + value.range.lowerBound, length: value.range.count) ?? ByteBuffer()
    }

    /// Whether the value is a string with this text.
    package func equals(_ value: Value?, _ text: StaticString) -> Bool {
        equals(value, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether the value is a string with these UTF-8 bytes.
    package func equals(_ value: Value?, bytes: [UInt8]) -> Bool {
        bytes.withRawBytes { equals(value, $0) }
    }

    /// Whether the value is a string with this text, byte for byte.
    package func equals(_ value: Value?, bytes text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { equals(value, UnsafeRawBufferPointer($0)) }
            ?? equals(value, bytes: Array(text.utf8))
    }

    /// The integer that a number stands for, or a string that spells one.
    package func int(_ value: Value?) -> Int? {
        guard let value else { return nil }
        switch value.kind {
        case .string: return text(value).flatMap { Int($0) }
        case .number: return textOrNumber(value).flatMap { JSONNumber(scanned: $0).int64 }.flatMap { Int(exactly: $0) }
        default: return nil
        }
    }

    private func equals(_ value: Value?, _ text: UnsafeRawBufferPointer) -> Bool {
        guard let value, value.kind == .string else { return false }
        return frame.withUnsafeReadableBytes { bytes in
            let contents = Self.contents(of: value, in: bytes)
            return value.hasEscapes
                ? JSONString.unescape(contents).withRawBytes { $0.matches(text) }
                : contents.matches(text)
        }
    }

    private static func contents(of value: Value, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[value.span.contents])
    }
}
