# `docker build .` makes the image that runs all of it, `purr up`; `--target api`, `--target worker` and
# `--target gpu` make one for each kind of process, which docker-compose.yml and deploy/kubernetes run together.

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

FROM build AS build-gpu
# The same versions, and CuPy with what it needs of CUDA.
COPY locks/gpu.txt /src/locks/gpu.txt
RUN pip install --only-binary :all: --require-hashes -r /src/locks/gpu.txt

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
# It has no port to be asked at: it touches this file every few seconds once it serves its queue.
ENV PURR_PULSE_FILE=/tmp/pulse
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 \
    CMD ["python", "-ISc", "import os, time; raise SystemExit(time.time() - os.stat(os.environ['PURR_PULSE_FILE']).st_mtime > 60)"]
ENTRYPOINT ["purr", "worker"]
CMD ["--queue", "train"]

FROM worker AS gpu
COPY --from=build-gpu /venv /venv
# What NVIDIA's container runtime brings in of the driver.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM runtime AS api
# Other containers and the published port must reach it; it refuses to start without PURR_API_KEY.
ENV PURR_HOST=0.0.0.0 \
    PURR_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PURR_PORT\"]}/livez', timeout=4)"]
ENTRYPOINT ["purr", "api"]

FROM api AS up
# Workers end within 30 s, the API within 15 s, Valkey within 10 s: `docker run --stop-timeout 60`.
ENTRYPOINT ["purr", "up"]
