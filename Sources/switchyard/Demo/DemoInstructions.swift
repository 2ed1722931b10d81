import CoolkitWire
import SwitchyardServer
import SwitchyardSimulator

/// The lines to copy that control the demo switch from another terminal.
struct DemoInstructions {
    let credentials: DemoCredentials
    let server: ServerAddress
    let data: DataDirectory

    func print() {
        Terminal.print(text)
    }

    /// A shell that signs the log-in's body with openssl, as any client does: HMAC-SHA256 of the bytes, in base64.
    private var text: String {
        """

        Account   \(credentials.email)
        Password  \(credentials.password)
        App id    \(credentials.appID)
        Secret    \(credentials.appSecret)
        Device    \(credentials.deviceID)

        From the command line:

          switchyard device control \(credentials.deviceID) switch=on --data \(data)
          switchyard device show \(credentials.deviceID) --data \(data)

        As an app, in another terminal:

          BODY='{"appid":"\(credentials.appID)","email":"\(credentials.email)","password":"\(credentials.password)",\
        "ts":'$(date +%s)',"version":8,"nonce":"demo1234"}'
          SIGN=$(printf %s "$BODY" | openssl dgst -sha256 -hmac '\(credentials.appSecret)' -binary | base64)
          LOGIN=$(curl -s --cacert \(data.certificates)/ca.pem -H "Authorization: Sign $SIGN" \
        -H 'Content-Type: application/json' -d "$BODY" \(server)/api/user/login)
          AT=$(printf %s "$LOGIN" | sed 's/.*"at":"\\([0-9a-f]*\\)".*/\\1/')
          curl -s --cacert \(data.certificates)/ca.pem -H "Authorization: Bearer $AT" -H 'Content-Type: application/json' \
        -d '{"deviceid":"\(credentials.deviceID)","params":{"switch":"on"}}' \(server)/api/user/device/status

        Stop with Ctrl-C.
        """
    }
}
