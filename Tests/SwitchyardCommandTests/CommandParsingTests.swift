import ArgumentParser
import Testing

@testable import switchyard

@Suite
struct CommandParsingTests {
    @Test(
        "Every command takes its documented arguments",
        arguments: [
            "serve", "serve --data d --config f.yaml --port 8080 --listen 127.0.0.1 --listen [::1]:443",
            "serve --public", "serve --demo",
            "app add --name phone", "app add --name phone --id ID --secret-file - --output json --data d",
            "app add --name phone --nonce-replay-check --clock-skew-limit 300", "app set ID --clock-skew-limit off",
            "app set ID --nonce-replay-check --output json", "app set ID", "app show ID --output json",
            "app add --name web --redirect-url https://a.example.org/cb --redirect-url http://127.0.0.1:1880/cb",
            "app set ID --redirect-url https://a.example.org/cb", "app set ID --no-redirect-url --clock-skew-limit 5",
            "account region ann@example.org us --output json", "outbox list --output json --data d", "outbox clear",
            "app list --output json", "app remove ID",
            "account add ann@example.org --generate", "account add +4912345678 --password-file p.txt --region eu",
            "account list --output text", "account password ann@example.org --password-file -",
            "account password ann@example.org --generate --output json", "account remove ann@example.org",
            "device add 1000000001 --apikey K --account a@b --name N --uiid 4",
            "device add 1000000001 --apikey-file - --account a@b --ack-by-update",
            "device list --account a@b", "device show 1000000001 --output json", "device remove 1000000001",
            "device control 1000000001 switch=on", "device control 1000000001 switches.0=on switches.1=off",
            #"device control 1000000001 --params {"switch":"on"}"#, "device watch 1000000001",
            "device set 1000000001 --name N --uiid 4 --ack-by-update --full-switches auto --setting opsNotify=1",
            "device set 1000000001 --no-ack-by-update --full-switches on --app ID --app ID2 --remove-app ID3",
            "device import devices.csv --data d --output json", "device import -",
            "device unclaimed --all --output json", "device claim 1000000001 --account a@b --name N",
            "device forget 1000000001",
            "share add 1000000001 --to bob@example.org", "share list --account a@b --device 1 --output json",
            "share add 1000000001 --to +491 --permit add --permit enable --note n --output json",
            "share remove 1000000001 --from bob@example.org",
            "device upgrade 1000000001",
            "device upgrade 1000000001 --version 3.3.0 --model M --force --slow --output json",
            "device upgrade 1000000001 --at-report", "device upgrade 1000000001 --forget",
            "firmware add a.bin --model M --version 3.3.0", "firmware add a.bin b.bin --model M --version 3 --force",
            "firmware add a.bin --model M --version 3.3.0 --name user1.bin --output json",
            "firmware list --output json",
            "firmware remove --model M --version 3.3.0", "firmware push --model M",
            "firmware push --model M --version 3.3.0 --at-a-time 16 --yes --output json",
            "device history 1000000001",
            "device history 1000000001 --limit 100 --before 7 --output json --data d",
            "session list", "session close 7", "session logins", "session logins --account a@b --output json",
            "session revoke 650000000000000000000901", "session revoke --account a@b --all --output json",
            "cert init --name example.org --name *.example.org --ip 192.0.2.1 --ip ::1",
            "cert init --ip 127.0.0.1 --renew",
            "cert init --name x --new-authority", "cert show --output json",
            "config check --data d --port 1", "config show --output json", "config defaults --output markdown",
            "migrate --data d --output json", "migrate --no-backup", "backup b.tar --data d --force --output json",
            "backup -",
            "restore b.tar --data d --force --output json", "restore b.tar --dry-run", "health --data d --output json",
            "simulate --server https://localhost:8080 --ca ca.pem --device 1000000001:K --device 1000000002:K:4",
            "simulate --devices list.txt --output json", "simulate --count 3 --list", "simulate --list --output json",
            "simulate --count 3 --uiid 66 --seed 7 --interval 5 --firmware sonoff155",
            "simulate --count 1 --fault drop --fault slow:p=0.5,delay=10 --fault flap:up=1,down=2",
        ]
    )
    func accepted(line: String) throws {
        let command = try SwitchyardCommand.parseAsRoot(line.split(separator: " ").map(String.init))

        #expect(type(of: command).configuration.subcommands.isEmpty)
    }

    @Test(
        "Wrong usage is exit code 64",
        arguments: [
            "nonsense", "backup", "backup a b", "restore", "restore a b", "serve --port many", "app add",
            "app add --name n --id ID", "app add --name n --secret-file f",
            "account add a@b", "account add a@b --generate --password-file f", "account add --generate",
            "device add 1000000001 --account a@b", "device add 1 --apikey K --apikey-file f --account a@b",
            "device add 1 --apikey K", "device control 1", "device control 1 switch", "device control 1 =on",
            "device control 1 switches.x=on", "device control 1 switch=on --params {}", "device control 1 --params []",
            "device set 1000000001", "device set --name N", "device set 1 --setting opsNotify",
            "device set 1 --setting opsNotify=2", "device set 1 --setting =1", "device set 1 --full-switches maybe",
            "device set 1 --uiid many", "device import", "device claim 1000000001", "device claim --account a@b",
            "device forget",
            "share add 1", "share add --to a@b", "share add 1 --to a@b --permit rename", "share remove 1",
            "device upgrade", "device upgrade 1 --version new", "device upgrade 1 --forget --slow",
            "device upgrade 1 --slow --at-report", "firmware add --model M --version 1",
            "firmware add a b c --model M --version 1", "firmware add a --version 1", "firmware add a --model M",
            "firmware add a --model M --version one", "firmware add a b --model M --version 1 --name x",
            "firmware remove --model M", "firmware push", "firmware push --model M --at-a-time 0",
            "firmware push --model M --at-a-time 17",
            "app set", "app set ID --clock-skew-limit 0", "app set ID --clock-skew-limit 86401",
            "app set ID --clock-skew-limit 5m", "account region a@b", "outbox nonsense",
            "session close first", "session revoke", "session revoke x --all", "session revoke x --account a@b --all",
            "session revoke --account a@b", "session revoke --all", "cert init",
            "cert init --name x --renew --new-authority",
            "config show --output xml",
            "simulate", "simulate --count few", "simulate --count 1 --uiid 5000", "simulate --count 1 --interval 0",
            "simulate --count 1 --firmware none", "simulate --count 1 --fault", "simulate --count 1 --fault rain",
            "simulate --count 1 --fault drop:p=2", "simulate --count 1 --fault drop:delay=1",
            "simulate --count 1 --fault slow:delay", "simulate --count 1 --fault flap:p=1", "device list --output yaml",
            "device history", "device history 1 --limit 0", "device history 1 --limit 101",
            "device history 1 --before 0",
        ]
    )
    func refused(line: String) {
        let error = #expect(throws: (any Error).self) {
            try SwitchyardCommand.parseAsRoot(line.split(separator: " ").map(String.init))
        }

        #expect(error.map { SwitchyardCommand.exitCode(for: $0) } == .validationFailure)
    }

    @Test(
        "The permit of a share is the sum of its rights",
        arguments: [
            ("", 0), ("--permit add", 1), ("--permit edit --permit delete", 6), ("--permit enable --permit add", 9),
            ("--permit all", 15), ("--permit add --permit add", 1),
        ]
    )
    func permit(options: String, number: Int) throws {
        let line = "share add 1000000001 --to bob@example.org \(options)"
        let command = try SwitchyardCommand.parseAsRoot(line.split(separator: " ").map(String.init))

        #expect((command as? ShareCommand.Add)?.permitNumber == number)
    }

    @Test("Every command explains itself", arguments: Self.allCommands(below: SwitchyardCommand.self).map(\.name))
    func help(name: String) throws {
        let command = try #require(Self.allCommands(below: SwitchyardCommand.self).first { $0.name == name })

        #expect(!command.type.configuration.abstract.isEmpty)
        #expect(SwitchyardCommand.helpMessage(for: command.type).contains("USAGE: switchyard"))
    }

    @Test("The exit codes are those of the documentation")
    func exitCodes() {
        #expect(CommandFailure.refused("").exitCode.rawValue == 1)
        #expect(CommandFailure.local("").exitCode.rawValue == 2)
        #expect(CommandFailure.noServer("").exitCode.rawValue == 69)
        for code in [1, 2, 64, 69] {
            #expect(SwitchyardCommand.configuration.discussion.contains("\(code) "))
        }
    }

    private static func allCommands(
        below command: any ParsableCommand.Type,
        path: String = "switchyard"
    ) -> [(name: String, type: any ParsableCommand.Type)] {
        [(path, command)]
            + command.configuration.subcommands.flatMap { inner in
                allCommands(below: inner, path: "\(path) \(inner._commandName)")
            }
    }
}
