# The server and nothing else. It keeps its database and its key in the volume /data.
#
#   docker build -t newsdesk .
#   docker run -p 127.0.0.1:3000:3000 -v newsdesk:/data newsdesk
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH make build && mkdir /data

FROM scratch
# For MongoDB over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/newsdesk /newsdesk
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV NEWSDESK_LISTEN=0.0.0.0:3000 NEWSDESK_DATA=/data
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["/newsdesk", "health"]
ENTRYPOINT ["/newsdesk"]
