# A static binary in an image that holds nothing else but authorities and time
# zones: no shell, no package, not root. See docs/operations.md.
#
#   docker build --build-arg VERSION=1.0.0 --build-arg COMMIT=$(git rev-parse HEAD) -t domaincheck:1.0.0 .
#   docker run -d --name domaincheck -p 127.0.0.1:8480:8480 \
#     -v domaincheck:/var/lib/domaincheck -v /etc/domaincheck:/etc/domaincheck:ro \
#     --read-only --cap-drop ALL --security-opt no-new-privileges \
#     domaincheck serve -c /etc/domaincheck/domaincheck.yaml

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=
# modernc.org/sqlite is Go, so nothing needs a C library.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" -o /out/domaincheck ./cmd/domaincheck \
 && /out/domaincheck version
# The folders of the image: the user's alone, and there for a volume to take over.
RUN mkdir -p /out/root/etc /out/root/var/lib/domaincheck /out/root/etc/domaincheck /out/root/tmp \
 && echo 'domaincheck:x:65532:65532::/var/lib/domaincheck:/sbin/nologin' > /out/root/etc/passwd \
 && echo 'domaincheck:x:65532:' > /out/root/etc/group \
 && chmod 0700 /out/root/var/lib/domaincheck && chmod 1777 /out/root/tmp

FROM debian:bookworm-slim AS data
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata && rm -rf /var/lib/apt/lists/*

FROM scratch
COPY --from=data /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=data /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build --chown=65532:65532 /out/root /
COPY --from=build /out/domaincheck /usr/local/bin/domaincheck
USER 65532:65532
WORKDIR /var/lib/domaincheck
VOLUME /var/lib/domaincheck
ENV DOMAINCHECK_STORE=sqlite:/var/lib/domaincheck/domaincheck.db DOMAINCHECK_TABLES=/var/lib/domaincheck/tables
EXPOSE 8480
# Inside of a container loopback is the container's own: to be reached from
# outside, listen on 0.0.0.0:8480 with auth.tokens and web.tls or web.proxies.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/domaincheck"]
CMD ["serve"]
