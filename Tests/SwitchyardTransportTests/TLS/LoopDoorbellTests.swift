import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import SwitchyardTransport

@Suite(.timeLimit(.minutes(1))) struct LoopDoorbellTests {
    private final class Notes {
        var bell: LoopDoorbell?
        var reads = 0
        /// How often the pipe had been read from when each ring was answered.
        var readsAtTurns: [Int] = []
    }

    /// A pipe that always has something to read: each byte that comes out is put in again.
    private final class PerpetualReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let notes: Notes

        init(_ notes: Notes) { self.notes = notes }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            notes.reads += 1
            context.writeAndFlush(data, promise: nil)
        }
    }

    @Test("Between two answers the loop has looked at its sockets, though each answer rings again")
    func yieldsToSockets() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let turns = 200
        let (gaps, result) = AsyncStream<[Int]>.makeStream()
        let ends = Pipe()
        let input = dup(ends.fileHandleForReading.fileDescriptor)
        let output = dup(ends.fileHandleForWriting.fileDescriptor)
        let notes = try await loop.submit { NIOLoopBound(Notes(), eventLoop: loop) }.get()
        let perpetual = try await NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PerpetualReader(notes.value))
                }
            }
            .takingOwnershipOfDescriptors(input: input, output: output).get()
        try await perpetual.writeAndFlush(ByteBuffer(integer: UInt8(0)))

        loop.execute {
            let bell = LoopDoorbell(eventLoop: loop)
            bell.answer = {
                let notes = notes.value
                notes.readsAtTurns.append(notes.reads)
                guard notes.readsAtTurns.count == turns else {
                    notes.bell?.ring()
                    return
                }
                result.yield(zip(notes.readsAtTurns.dropFirst(), notes.readsAtTurns).map { $0 - $1 })
                result.finish()
            }
            notes.value.bell = bell
            bell.ring()
        }

        for await gaps in gaps { #expect(gaps.count == turns - 1 && gaps.allSatisfy { $0 > 0 }, "\(gaps)") }
        try await group.shutdownGracefully()
    }
}
