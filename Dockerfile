# One image for each kind of process: `docker build .` makes the API's, `--target worker` the
# worker's. docker-compose.yml runs them together.

FROM python:3.12-slim-trixie AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/venv/bin:$PATH

FROM base AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /venv
# The exact versions first: they change seldom, so this layer is built seldom.
COPY locks/run.txt /src/locks/run.txt
RUN pip install --only-binary :all: --require-hashes -r /src/locks/run.txt
COPY pyproject.toml purrceptron_server.py README.md LICENSE /src/
COPY client /src/client
COPY service /src/service
COPY worker /src/worker
RUN pip install --no-deps --no-build-isolation /src/client /src

FROM base AS runtime
COPY --from=build /venv /venv
# A new volume on /data takes over this folder's owner.
RUN install -d -o 10001 -g 10001 -m 0700 /data
# Compiled at the first start: docs/containers.md says why not here.
ENV PURR_DATA_DIR=/data \
    PURR_KERNEL_DIR=/data/kernels
VOLUME /data
USER 10001:10001
STOPSIGNAL SIGTERM

FROM runtime AS worker
ENTRYPOINT ["purr", "worker"]
CMD ["--queue", "train"]

FROM runtime AS api
# Other containers and the published port must reach it; it refuses to start without PURR_API_KEY.
ENV PURR_HOST=0.0.0.0 \
    PURR_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PURR_PORT\"]}/livez', timeout=4)"]
ENTRYPOINT ["purr", "api"]
