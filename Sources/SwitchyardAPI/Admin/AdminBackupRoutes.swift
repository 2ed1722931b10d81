import HTTPTypes
import Hummingbird
import SwitchyardCore

extension AdminAPI {
    /// `/backup`: the server's data as one archive.
    func addBackupRoutes(to router: Router<Context>) {
        router.post("backup") { _, _ in
            let download = try await backups.begin()
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-tar"],
                body: ResponseBody(contentLength: download.byteCount) { writer in
                    while let part = try await download.next() { try await writer.write(part) }
                    try await writer.finish(nil)
                }
            )
        }
    }
}
