# What `make test` needs, with the versions of one cell of the matrix in workflows/ci.yml:
#
#   docker build -f .github/tests.Dockerfile --build-arg PYTHON=3.12 --build-arg POSTGRES=16 --build-arg REDIS=7.2 .github

ARG PYTHON=3.11
ARG POSTGRES=15
ARG REDIS=7.0

FROM python:${PYTHON}-bookworm AS python
FROM redis:${REDIS}-bookworm AS redis

FROM postgres:${POSTGRES}-bookworm
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        build-essential ca-certificates chromium chromium-headless-shell faketime git haproxy libffi8 libsqlite3-0 openssl procps && \
    rm -rf /var/lib/apt/lists/*
COPY --from=python /usr/local /usr/local
COPY --from=redis /usr/local/bin/redis-server /usr/local/bin/
RUN ldconfig
WORKDIR /src
ENTRYPOINT []
CMD ["make", "test"]
