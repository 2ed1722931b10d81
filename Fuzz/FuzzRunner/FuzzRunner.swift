import Foundation
import FuzzTargets
import LibFuzzer

/// libFuzzer over one of the targets: `FuzzRunner TARGET [libFuzzer's own arguments]`.
///
/// Built by `scripts/fuzz` alone.
@main
struct FuzzRunner {
    /// What libFuzzer calls; a C function cannot carry a value of its own.
    private static let target: FuzzTarget? = FuzzTarget.all.first { $0.name == CommandLine.arguments.dropFirst().first }

    static func main() {
        guard let target else {
            for target in FuzzTarget.all { print(target.name, target.maximumBytes) }
            return
        }
        // libFuzzer gets the arguments without the target's name, and keeps them until the process ends.
        var arguments =
            ([CommandLine.arguments[0], "-max_len=\(target.maximumBytes)"] + CommandLine.arguments.dropFirst(2))
            .map { strdup($0) }
        arguments.append(nil)
        let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: arguments.count)
        list.initialize(from: arguments, count: arguments.count)
        var count = Int32(arguments.count - 1)
        var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = list
        exit(LLVMFuzzerRunDriver(&count, &pointer) { data, size in FuzzRunner.run(data, size) })
    }

    private static func run(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
        do {
            try target?.run(UnsafeRawBufferPointer(start: data, count: size))
        } catch {
            // libFuzzer keeps the input when the process aborts.
            fatalError("\(error)")
        }
        return 0
    }
}
