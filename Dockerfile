# Two stages: the Swift image builds a stripped binary with its own Swift runtime, a slim Debian image runs it.
#
#   docker build -t switchyard .
#
# Both base images can be replaced, as long as they are of the same Debian release.
ARG BUILD_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libsqlite3-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Package.swift ./
COPY Sources Sources
COPY migrations migrations
# The manifest names their targets, so SwiftPM wants to see them; none of them is built.
COPY Tests Tests
COPY Benchmarks Benchmarks
RUN swift build -c release --static-swift-stdlib --product switchyard \
    && install -D -s -m 0755 "$(swift build -c release --static-swift-stdlib --show-bin-path)/switchyard" /out/switchyard

FROM ${RUNTIME_IMAGE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libsqlite3-0 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 switchyard \
    && useradd --system --uid 10001 --gid switchyard --home-dir /var/lib/switchyard --no-create-home \
        --shell /usr/sbin/nologin switchyard \
    && install -d -o switchyard -g switchyard -m 0700 /var/lib/switchyard
COPY --from=build /out/switchyard /usr/local/bin/switchyard
COPY LICENSE /usr/share/doc/switchyard/LICENSE

# For `docker exec CONTAINER switchyard ...`.
ENV SWITCHYARD_DATA=/var/lib/switchyard
# A crashed server is to be started again at once, without the Swift runtime's look at it, which takes many seconds.
ENV SWIFT_BACKTRACE=enable=no
USER switchyard
VOLUME /var/lib/switchyard
# Apps and devices; the listeners for old device firmware and for downloads of firmware, if they are switched on.
EXPOSE 8080 8443 8088
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["switchyard", "health", "--data", "/var/lib/switchyard"]
ENTRYPOINT ["switchyard"]
CMD ["serve", "--data", "/var/lib/switchyard", "--public"]
