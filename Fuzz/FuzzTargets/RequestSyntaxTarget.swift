import NIOCore
import SwitchyardTransport

extension FuzzTarget {
    /// What passes ahead of the HTTP decoder is the same wherever the stream is cut, is nothing that did not come, and passes
    /// again as it is.
    static let requestSyntax = FuzzTarget(name: "request-syntax", maximumBytes: 2_048) { bytes in
        let (choice, input) = bytes.choiceAndInput
        var rules = RequestSyntax.Rules()
        rules.toleratesBareLF = choice & 1 == 1
        let whole = Passage(of: CollectionOfOne(ByteBuffer(bytes: input)), by: rules)
        let cut = Passage(of: Pieces(input, seed: choice), by: rules)
        try require(whole.fault == cut.fault, "in pieces: \(cut.words), whole: \(whole.words)")
        try require(whole.agrees(with: cut), "in pieces: \(cut.words), whole: \(whole.words)")
        try require(whole.isPart(of: input), "it made something up: \(whole.words)")

        guard whole.fault == nil else { return }
        let again = Passage(of: CollectionOfOne(whole.passed), by: RequestSyntax.Rules())
        try require(again == whole, "again: \(again.words), first: \(whole.words)")
    }
}

/// What was let through of a stream, and why no more.
private struct Passage: Equatable {
    private(set) var passed = ByteBuffer()
    private(set) var fault: RequestFault?

    init(of pieces: some Sequence<ByteBuffer>, by rules: RequestSyntax.Rules) {
        var syntax = RequestSyntax(rules: rules)
        do throws(RequestFault) {
            for var piece in pieces {
                while let bytes = try syntax.next(&piece) { passed.writeImmutableBuffer(bytes) }
            }
        } catch {
            fault = error
        }
    }

    /// Of a request that is refused, more or fewer of the good lines may have passed before that.
    func agrees(with cut: Passage) -> Bool {
        guard fault != nil else { return passed == cut.passed }
        return cut.passed.readableBytesView.starts(with: passed.readableBytesView)
    }

    var words: String { "\(fault?.reason ?? "no fault") after \(passed.readableBytes) bytes" }

    /// Whether it can be had from the input by leaving something out; of the line ends the CR may be new.
    func isPart(of input: UnsafeRawBufferPointer) -> Bool {
        var rest = input[...]
        for byte in passed.readableBytesView where byte != UInt8(ascii: "\r") {
            guard let place = rest.firstIndex(of: byte) else { return false }
            rest = rest[(place + 1)...]
        }
        return true
    }
}
