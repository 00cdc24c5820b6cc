FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# What makes versions for browsers, with the system's security updates.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY . .
# All state is under /data, web's socket in /run/mediafold; the numbers are fixed so that volumes and other containers can rely on them.
RUN groupadd --gid 10001 mediafold \
    && useradd --uid 10001 --gid mediafold --no-create-home --shell /usr/sbin/nologin mediafold \
    && install -d -o mediafold -g mediafold /data /data/media /data/derived /run/mediafold
USER mediafold

ENV CMS_PRODUCTION=true CMS_HOME=/data MEDIA_ROOT=/data/media DERIVED_ROOT=/data/derived HOST=0.0.0.0 PORT=8000 FLASK_APP=wsgi:app
VOLUME /data/media /data/derived
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "-m", "deploy.gunicorn"]
