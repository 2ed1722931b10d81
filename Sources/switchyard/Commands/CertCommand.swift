import ArgumentParser
import CoolkitWire
import SwitchyardServer

/// `switchyard cert`: the certificates in the data folder.
struct CertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert",
        abstract: "Make and show the server's certificates.",
        subcommands: [Init.self, Show.self]
    )

    private static let columns: [TextTable.Column] = [
        ("FILE", "file"), ("KEY", "keyType"), ("NAMES", "names"), ("ADDRESSES", "addresses"), ("UNTIL", "notAfter"),
        ("DAYS LEFT", "daysLeft"),
    ]

    /// The certificates as a table, and below it what is about to expire.
    static func table(of answer: JSON) -> String {
        let certificates = answer["certificates"]?.arrayValue ?? []
        let table = TextTable(columns: columns, rows: certificates)
            .text(empty: "There is no certificate yet; `switchyard cert init` makes them.")
        return ([table] + certificates.compactMap(warning)).joined(separator: "\n")
    }

    private static func warning(of certificate: JSON) -> String? {
        let file = certificate["file"]?.stringValue ?? ""
        let option = certificate["authority"] == true ? "--new-authority" : "--renew"
        let remedy = "`switchyard cert init \(option)` makes a new one."
        switch certificate["expiry"]?.stringValue {
        case "expired": return "\(file) has EXPIRED, and clients refuse it. \(remedy)"
        case "soon": return "\(file) expires in \(certificate["daysLeft"]?.intValue ?? 0) days. \(remedy)"
        default: return nil
        }
    }
}

extension CertCommand {
    /// `cert init`.
    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a private authority and the certificates of the public and the device listener.",
            discussion: """
                Clients trust the server once they have DIR/certificates/ca.pem. A running server takes new \
                certificates on SIGHUP.
                """
        )

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        @Option(
            name: .customLong("name"),
            help: ArgumentHelp("A host name, also with a wildcard as *.example.org; repeatable.", valueName: "host")
        )
        var names: [String] = []

        @Option(name: .customLong("ip"), help: ArgumentHelp("An IP address; repeatable.", valueName: "address"))
        var addresses: [String] = []

        @Flag(help: "Replace the certificates that are there, keep the authority.")
        var renew = false

        @Flag(help: "Replace everything; clients have to be given the new ca.pem.")
        var newAuthority = false

        func validate() throws {
            guard !names.isEmpty || !addresses.isEmpty else {
                throw ValidationError("Give at least one --name HOST or --ip ADDRESS, as clients will call the server.")
            }
            guard !(renew && newAuthority) else { throw ValidationError("Give either --renew or --new-authority.") }
        }

        func run() throws {
            let replacing: Maintenance.Replacement = newAuthority ? .everything : renew ? .leaves : .nothing
            do throws(Maintenance.Failure) {
                let answer = try Maintenance.makeCertificates(
                    in: data.directory,
                    names: names,
                    addresses: addresses,
                    replacing: replacing
                )
                output.print(answer) { CertCommand.table(of: $0) }
            } catch {
                throw CommandFailure.local("\(error.message) (see --renew and --new-authority)")
            }
        }
    }

    /// `cert show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the certificates of the data folder.")

        @OptionGroup var data: DataOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            do throws(Maintenance.Failure) {
                output.print(try Maintenance.certificates(in: data.directory)) { CertCommand.table(of: $0) }
            } catch {
                throw CommandFailure.local(error.message)
            }
        }
    }
}
