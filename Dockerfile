# Two stages: the first builds the environment, the second has only that. Data lives in /data, and nowhere else.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY bot bot
COPY cogs cogs
COPY imagine_bot imagine_bot
# The sandbox stays outside: it listens on loopback only, where nobody outside a container could look at its page.
# Development tools are no part of the package. Every decoder is there, and PostgreSQL's driver.
RUN /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -c constraints.txt '.[heif,exr,sound,speed,postgres]' \
    && /venv/bin/python -m compileall -q /venv/lib

FROM python:3.13-slim
# Words in drawings: the renderer finds its families (Arial, serif, …) as Liberation, further characters in DejaVu.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-dejavu-core fonts-liberation \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin imagine \
    && install -d -o imagine -g imagine -m 0700 /data
COPY --from=build /venv /venv
# The root may be read-only: nothing is written but /data and temporary files in /tmp.
ENV DATABASE_URL=sqlite:////data/imagine.db \
    HTTP_HOST=127.0.0.1 \
    HTTP_PORT=8080 \
    PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER imagine
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
# Alive, not ready: a Scenario that is down is no reason to restart a bot that waits for it. With an empty HTTP_PORT
# there is nothing to ask, and the answer is yes.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; p = int(os.environ.get('HTTP_PORT') or 0); p and r.build_opener(r.ProxyHandler({})).open(f'http://127.0.0.1:{p}/healthz', timeout=4)"]
ENTRYPOINT ["imagine"]
CMD ["run"]
