/// What each metric means; swift-metrics has no place for it.
enum MetricHelp {
    static func text(of name: String) -> String { texts[name] ?? "See docs/operation.md." }

    static let texts: [String: String] = [
        "process_cpu_seconds_total": "Processor time used, in seconds.",
        "process_max_fds": "Descriptors that may be open.",
        "process_open_fds": "Descriptors that are open.",
        "process_resident_memory_bytes": "Memory in use.",
        "process_start_time_seconds": "When the process was started, in seconds since 1970.",
        "switchyard_api_errors_total": "Answers with an error, by its number.",
        "switchyard_api_request_duration_seconds": "How long HTTP requests took to be answered.",
        "switchyard_api_requests_total": "HTTP requests, by route and method.",
        "switchyard_certificate_not_after_seconds":
            "When the certificate that a listener uses expires, in seconds since 1970.",
        "switchyard_clock_deviation_seconds": "How far the system's clock is ahead of the server's own time.",
        "switchyard_connections": "Connections of all listeners but this one.",
        "switchyard_connections_refused_total":
            "Connections closed as they came, by the limit: all there may be, those of an address, its slow ones.",
        "switchyard_devices": "Devices that have an owner, by whether they are online.",
        "switchyard_guesses_refused_total":
            "Guesses at passwords and other credentials that were held up, by what held them up.",
        "switchyard_handshakes_dropped_total":
            "Connections closed before their TLS handshake for want of time, by reason.",
        "switchyard_history_entries_lost_total": "Entries of histories lost because their queue was full.",
        "switchyard_hub_app_handshakes_total": "Sessions of apps that were opened.",
        "switchyard_hub_commands_shed_total": "Commands refused because an event loop was behind.",
        "switchyard_hub_commands_total": "Commands from apps' sockets.",
        "switchyard_hub_device_registrations_total": "Sessions of devices that were opened.",
        "switchyard_hub_malformed_frames_total": "Frames that could not be read.",
        "switchyard_hub_refused_handshakes_total": "Sessions that were refused.",
        "switchyard_hub_reports_total": "State reports from devices.",
        "switchyard_log_lines_lost_total": "Lines of the log lost because they could not be written.",
        "switchyard_messages_lost_total": "Messages for apps lost because their queue was full.",
        "switchyard_password_checks_total": "Passwords that were compared, by result.",
        "switchyard_sessions": "Open sessions on the hub, by kind.",
    ]
}
