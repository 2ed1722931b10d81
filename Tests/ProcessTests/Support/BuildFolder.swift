import Foundation
import TestSupport

/// The folder that this test was built into, with the programs it runs and the files it uses.
enum BuildFolder {
    /// What is tested: the server of this build, or the one that a long proof names.
    static let switchyard = Result { try LongRun.server ?? program("switchyard") }
    static let conformanceEcho = Result { try program("ConformanceEcho") }

    /// A script of `Clients`.
    static func client(_ name: String) -> String { Bundle.module.bundlePath + "/Clients/" + name }

    /// A file of `Fixtures`.
    static func fixture(_ name: String) -> String { Bundle.module.bundlePath + "/Fixtures/" + name }

    /// Where the programs are: beside this target's resources, or above them where those stand inside a bundle.
    static func path() throws -> String { (try program("ConformanceEcho") as NSString).deletingLastPathComponent }

    private static func program(_ name: String) throws -> String {
        var folder = Bundle.module.bundleURL
        while folder.path.count > 1 {
            folder.deleteLastPathComponent()
            let candidate = folder.appending(path: name).path
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder)
            if exists, !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw TestFailure("\(name) is not built: no such program above \(Bundle.module.bundlePath)")
    }
}
